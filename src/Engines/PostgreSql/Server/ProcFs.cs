using System.Globalization;
using Holdfast.Engines.PostgreSql.Files;

namespace Holdfast.Engines.PostgreSql.Server;

/// <summary>What the kernel tells about processes. A process that is gone is null, never an error.</summary>
internal static class ProcFs
{
    /// <summary>A setting on the command line of a server that runs isolated; its process itself tells, not a file that may be left over.</summary>
    public const string IsolationMark = "holdfast.isolated";

    /// <summary>Random, new with each boot: with the start ticks it makes a process unique.</summary>
    public static string BootId { get; } = (AtomicFile.ReadOrNull("/proc/sys/kernel/random/boot_id") ?? "unknown").Trim();

    /// <summary>Clock ticks from boot to the start of a living process. Null: gone, or a zombie.</summary>
    public static long? StartTicks(int pid)
    {
        const int State = 0;
        const int Start = 19;
        return Stat(pid) is { } fields && fields[State] is not ("Z" or "X") ? long.Parse(fields[Start], CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The fields after the name. Null: the process is gone.</summary>
    private static string[]? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            // The name in parentheses may hold spaces and parentheses; the fields after the last one are plain.
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Living processes that a PostgreSQL server of this data directory consists of, orphans included.</summary>
    public static List<int> ServerProcesses(string data)
    {
        var found = new List<int>();
        if (Native.Identify(data) is not { } directory)
        {
            return found;
        }

        foreach (var pid in Pids())
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
    public static bool IsIsolated(int pid) => Arguments(pid)?.Contains(IsolationMark, StringComparer.Ordinal) == true;

    /// <summary>Living tools of PostgreSQL's that an agent before this one left at work on a directory.</summary>
    public static List<int> ToolsAtWork(params ReadOnlySpan<string> directories)
    {
        var found = new List<int>();
        foreach (var pid in Pids())
        {
            if (Program(pid) is "pg_basebackup" or "pg_rewind" or "initdb" or "pgbackrest" && Arguments(pid) is { } arguments)
            {
                foreach (var directory in directories)
                {
                    if (arguments.Contains(directory, StringComparer.Ordinal) && StartTicks(pid) is not null)
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
        .. Pids().Where(pid => Program(pid) is "pgbackrest" && Arguments(pid) is { } arguments && arguments.Contains(configuration, StringComparer.Ordinal)
            && arguments.Any(word => word is "backup" or "backup:local" or "backup:remote") && StartTicks(pid) is not null),
    ];

    private static bool IsServerOf(int pid, FileIdentity directory) =>
        Program(pid) is "postgres" or "postmaster" && Native.Identify($"/proc/{pid}/cwd") is { } cwd && cwd.IsSameAs(directory)
        && StartTicks(pid) is not null;

    /// <summary>The arguments of every process that shows them.</summary>
    public static IEnumerable<(int Pid, string[] Arguments)> CommandLines()
    {
        foreach (var pid in Pids())
        {
            if (CommandLine(pid) is { } line)
            {
                yield return (pid, line.Split('\0'));
            }
        }
    }

    /// <summary>How a process shows itself: a server's says what it is.</summary>
    public static string Title(int pid) => CommandLine(pid) ?? "";

    /// <summary>Processes that these have started.</summary>
    public static List<int> ChildrenOf(List<int> parents) =>
        [.. Pids().Where(pid => Stat(pid) is { } fields && parents.Contains(int.Parse(fields[1], CultureInfo.InvariantCulture)))];

    private static IEnumerable<int> Pids()
    {
        foreach (var path in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            {
                yield return pid;
            }
        }
    }

    private static string? Program(int pid)
    {
        try
        {
            const string Deleted = " (deleted)"; // after an upgrade of the package
            var target = new FileInfo($"/proc/{pid}/exe").LinkTarget;
            return target is null ? null
                : Path.GetFileName(target.EndsWith(Deleted, StringComparison.Ordinal) ? target[..^Deleted.Length] : target);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string[]? Arguments(int pid) => CommandLine(pid)?.Split('\0', '=');

    private static string? CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
