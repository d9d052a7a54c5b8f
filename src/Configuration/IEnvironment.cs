namespace Holdfast.Configuration;

/// <summary>What the file may refer to outside itself: environment variables and files.</summary>
public interface IEnvironment
{
    /// <summary>The value of an environment variable; null when it is not set.</summary>
    string? Variable(string name);

    /// <summary>Reads a file, at most <paramref name="limit"/> bytes of it, and tells who may read it.</summary>
    /// <exception cref="IOException">It does not exist (<see cref="FileNotFoundException"/>, <see cref="DirectoryNotFoundException"/>) or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it, or it is a folder.</exception>
    FileContent Read(string path, int limit);
}

/// <param name="Bytes">The content, cut off at the limit that was asked for.</param>
/// <param name="Mode">Of the file itself, symbolic links followed.</param>
/// <param name="Length">Of the whole file, in bytes.</param>
public sealed record FileContent(ReadOnlyMemory<byte> Bytes, UnixFileMode Mode, long Length);

/// <summary>The environment of this process.</summary>
public sealed class ProcessEnvironment : IEnvironment
{
    public static readonly ProcessEnvironment Instance = new();

    public string? Variable(string name) => Environment.GetEnvironmentVariable(name);

    public FileContent Read(string path, int limit)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("Holdfast runs on Linux");
        }

        // Mode and content come from one handle: a path could be swapped between two looks.
        using var handle = File.OpenHandle(path);
        var length = RandomAccess.GetLength(handle);
        var bytes = new byte[Math.Min(length, limit)];
        var filled = 0;
        while (filled < bytes.Length)
        {
            var read = RandomAccess.Read(handle, bytes.AsSpan(filled), filled);
            if (read == 0)
            {
                break;
            }

            filled += read;
        }

        return new FileContent(bytes.AsMemory(0, filled), File.GetUnixFileMode(handle), length);
    }
}
