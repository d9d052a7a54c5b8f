using System.Text;

namespace Holdfast.Verification.Tests.Servers;

/// <summary>Changes files of a stopped server, as a faulty disk would.</summary>
internal static class Bytes
{
    public static void Flip(string path, long at)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = at;
        var old = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(old ^ 0xff));
    }

    /// <summary>Replaces the one place where a text stands by another of the same length.</summary>
    public static void Replace(string path, string text, string by)
    {
        by.Length.ShouldBe(text.Length);
        var bytes = File.ReadAllBytes(path);
        var at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text));
        at.ShouldBeGreaterThanOrEqualTo(0, $"{text} is not in {path}");
        Encoding.ASCII.GetBytes(by).CopyTo(bytes, at);
        File.WriteAllBytes(path, bytes);
    }
}
