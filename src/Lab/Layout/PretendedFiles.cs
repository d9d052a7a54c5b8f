using System.Text;
using Holdfast.Configuration;

namespace Holdfast.Lab.Layout;

/// <summary>
/// What the file refers to outside itself, as if it were there: certificates and secrets of the machines it is for are not used here, and need
/// not be at hand.
/// </summary>
internal sealed class PretendedFiles : IEnvironment
{
    private static readonly byte[] Content = Encoding.ASCII.GetBytes(
        $"{new string('0', 64)} -----BEGIN CERTIFICATE----- -----BEGIN PRIVATE KEY-----");

    public string? Variable(string name) => new('0', 64);

    public FileContent Read(string path, int limit) => new(Content, UnixFileMode.UserRead, Content.Length);
}
