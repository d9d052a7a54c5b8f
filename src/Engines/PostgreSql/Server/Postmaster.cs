using System.Globalization;
using Holdfast.Engines.PostgreSql.Files;

namespace Holdfast.Engines.PostgreSql.Server;

/// <summary>The main process of a running server, by its files.</summary>
internal static class Postmaster
{
    /// <summary>
    /// The line of <c>postmaster.pid</c>, counted from 0, that names an address once it has been bound; it may be there before, but
    /// empty.
    /// </summary>
    private const int BoundAddressLine = 5;

    /// <summary>
    /// The server that runs on this data directory, verified against the kernel: a stale file is not believed. One that was started alone, to
    /// read what its log says, serves nobody and does not count.
    /// </summary>
    public static HostProcess? Find(Layout layout)
    {
        if (PidInFile(layout) is not { } pid || ProcFs.StartTicks(pid) is not { } ticks || !PostgresProcesses.IsServerOf(pid, layout.Data) ||
            PostgresProcesses.IsIsolated(pid))
        {
            return null;
        }

        return new HostProcess(pid, ticks);
    }

    /// <summary>True when this process has its data directory and its addresses.</summary>
    public static bool HasBound(HostProcess server, Layout layout) =>
        AtomicFile.ReadOrNull(layout.PidFile)?.Split('\n') is { Length: > BoundAddressLine } lines &&
        lines[0] == server.Pid.ToString(CultureInfo.InvariantCulture) && lines[BoundAddressLine].Length > 0;

    private static int? PidInFile(Layout layout)
    {
        var text = AtomicFile.ReadOrNull(layout.PidFile);
        return text is not null
            && int.TryParse(text.Split('\n')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;
    }
}
