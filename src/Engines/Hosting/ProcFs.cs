using System.Globalization;

namespace Holdfast.Engines.Hosting;

/// <summary>What the kernel tells about processes. A process that is gone is null, never an error.</summary>
internal static class ProcFs
{
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

    /// <summary>All processes that there are.</summary>
    public static IEnumerable<int> Pids()
    {
        foreach (var path in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
            {
                yield return pid;
            }
        }
    }

    /// <summary>The name of the program that a process runs; of a link, that of what it leads to.</summary>
    public static string? Program(int pid)
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

    /// <summary>The words of its command line, split at equals signs too.</summary>
    public static string[]? Arguments(int pid) => CommandLine(pid)?.Split('\0', '=');

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
