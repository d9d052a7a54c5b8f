using System.Text;
using Holdfast.Configuration;

namespace Holdfast.Lab.Layout;

/// <summary>
/// What the file refers to outside itself, as if it were there: certificates and secrets of the machines it is for are not used here, and need
/// not be at hand.
/// </summary>
internal sealed class PretendedFiles : IEnvironment
{
    /// <summary>A certificate may be longer than any secret.</summary>
    private const int LongestSecret = 64 * 1024;

    private static readonly byte[] Secret = Encoding.ASCII.GetBytes(new string('0', 64));
    private static readonly byte[] Pem = "-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n"u8.ToArray();

    public string? Variable(string name) => new('0', 64);

    public FileContent Read(string path, int limit)
    {
        var content = limit > LongestSecret ? Pem : Secret;
        return new FileContent(content, UnixFileMode.UserRead, content.Length);
    }
}
