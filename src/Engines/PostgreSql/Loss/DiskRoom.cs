namespace Holdfast.Engines.PostgreSql.Loss;

/// <summary>Keeps decoding from filling the disk: a part of it stays free for the server.</summary>
internal sealed class DiskRoom(string path, long reserveBytes)
{
    /// <summary>Decoded text is larger than the log it comes from; it is held once by the server and twice in files of ours.</summary>
    private const int TimesTheLog = 4;

    private long Free => new DriveInfo(Path.GetFullPath(path)).AvailableFreeSpace;

    /// <returns>How many bytes the server may use of it for temporary files.</returns>
    /// <exception cref="EngineException">There is too little room.</exception>
    public long RequireFor(long logBytes)
    {
        var free = Free;
        var needed = reserveBytes + (TimesTheLog * logBytes);
        return free >= needed
            ? (free - reserveBytes) / 2
            : throw new EngineException(
                $"only {free >> 20} MiB are free at {path}, and decoding {logBytes >> 20} MiB of log asks for {needed >> 20} MiB " +
                "('salvage-reserve' of them stay free): make room");
    }

    /// <exception cref="EngineException">The reserve has been reached.</exception>
    public void Check()
    {
        if (Free is var free && free < reserveBytes)
        {
            throw new EngineException($"only {free >> 20} MiB were left free at {path} while the log was decoded: make room");
        }
    }
}
