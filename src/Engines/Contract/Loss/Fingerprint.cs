using System.Security.Cryptography;
using System.Text;

namespace Holdfast.Engines.Loss;

/// <summary>Stands for a value when two are compared: itself when it is short, else its SHA-256, so that long ones need not travel.</summary>
public static class Fingerprint
{
    /// <summary>Longer ones, in bytes of UTF-8, are replaced.</summary>
    public const int LongestBytes = 64;
    public const string Prefix = "sha256:";

    public static string Of(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return bytes.Length <= LongestBytes ? text : Prefix + Convert.ToHexStringLower(SHA256.HashData(bytes));
    }
}
