using System.Text;

namespace Holdfast.Engines.Hosting;

/// <summary>A file to which a server appends what it says of itself.</summary>
internal static class LogFile
{
    private const long RotateAbove = 64L << 20;
    private const int TailBytes = 16 << 10;

    public static long Length(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    /// <summary>Bounds it. The server is stopped, or appends: it goes on at the new end.</summary>
    public static void Rotate(string path)
    {
        if (Length(path) > RotateAbove)
        {
            File.Copy(path, path + ".1", overwrite: true);
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            stream.SetLength(0);
        }
    }

    /// <summary>The last lines, of what came after <paramref name="start"/>; none where it cannot be read.</summary>
    public static string[] Tail(string path, long start)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            stream.Position = Math.Max(Math.Min(start, stream.Length), stream.Length - TailBytes);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return reader.ReadToEnd().Split('\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
