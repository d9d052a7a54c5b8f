namespace Holdfast.Engines.Hosting;

/// <summary>Tells a full disk from other faults, and says so.</summary>
internal static class DiskFault
{
    /// <summary>A server that writes its log in pieces of this size cannot go on with less.</summary>
    private const long FullBelowBytes = 16L << 20;

    /// <summary>A sentence when the file system of <paramref name="path"/> is (as good as) full, else null.</summary>
    public static string? Describe(string path)
    {
        try
        {
            var drive = new DriveInfo(Path.GetFullPath(path));
            var free = drive.AvailableFreeSpace;
            return free < FullBelowBytes
                ? $"the disk of {path} is full ({free >> 20} MiB free of {drive.TotalSize >> 20}): make room for it"
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    public static EngineException Explain(string what, string path, Exception exception)
    {
        var full = Describe(Path.GetDirectoryName(path) ?? path);
        return new EngineException(full is null ? $"{what}: {exception.Message}" : $"{what}: {full}", exception);
    }
}
