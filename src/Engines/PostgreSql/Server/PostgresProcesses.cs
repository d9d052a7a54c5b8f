
namespace Holdfast.Engines.PostgreSql.Server;

/// <summary>Processes of PostgreSQL, its servers and its tools, by what the kernel tells about them.</summary>
internal static class PostgresProcesses
{
    /// <summary>A setting on the command line of a server that runs isolated; its process itself tells, not a file that may be left over.</summary>
    public const string IsolationMark = "holdfast.isolated";

    /// <summary>Living processes that a PostgreSQL server of this data directory consists of, orphans included.</summary>
    public static List<int> ServerProcesses(string data)
    {
        var found = new List<int>();
        if (Native.Identify(data) is not { } directory)
        {
            return found;
        }

        foreach (var pid in ProcFs.Pids())
        {
            if (IsServerOf(pid, directory))
            {
                found.Add(pid);
            }
        }

        return found;
    }

    public static bool IsServerOf(int pid, string data) => Native.Identify(data) is { } directory && IsServerOf(pid, directory);

    /// <summary>True for a server that was started alone, to read what its log says.</summary>
    public static bool IsIsolated(int pid) => ProcFs.Arguments(pid)?.Contains(IsolationMark, StringComparer.Ordinal) == true;

    /// <summary>Living tools of PostgreSQL's that an agent before this one left at work on a directory.</summary>
    public static List<int> ToolsAtWork(params ReadOnlySpan<string> directories)
    {
        var found = new List<int>();
        foreach (var pid in ProcFs.Pids())
        {
            if (ProcFs.Program(pid) is "pg_basebackup" or "pg_rewind" or "initdb" or "pgbackrest" && ProcFs.Arguments(pid) is { } arguments)
            {
                foreach (var directory in directories)
                {
                    if (arguments.Contains(directory, StringComparer.Ordinal) && ProcFs.StartTicks(pid) is not null)
                    {
                        found.Add(pid);
                    }
                }
            }
        }

        return found;
    }

    /// <summary>Living processes of backups that follow this configuration, helpers included. What the server itself has archived is none of them.</summary>
    public static List<int> BackupsAtWork(string configuration) =>
    [
        .. ProcFs.Pids().Where(pid => ProcFs.Program(pid) is "pgbackrest" && ProcFs.Arguments(pid) is { } arguments &&
            arguments.Contains(configuration, StringComparer.Ordinal)
            && arguments.Any(word => word is "backup" or "backup:local" or "backup:remote") && ProcFs.StartTicks(pid) is not null),
    ];

    private static bool IsServerOf(int pid, FileIdentity directory) =>
        ProcFs.Program(pid) is "postgres" or "postmaster" && Native.Identify($"/proc/{pid}/cwd") is { } cwd && cwd.IsSameAs(directory)
        && ProcFs.StartTicks(pid) is not null;
}
