using System.Globalization;

namespace Holdfast.Agent.Guarding;

/// <summary>What <c>/proc</c> tells of one process. A pid alone does not identify a process; with its start time it does.</summary>
/// <param name="StartTime">Field 22 of <c>/proc/PID/stat</c>: clock ticks after boot.</param>
/// <param name="Ended">It is only waiting to be collected by its parent.</param>
public sealed record ProcessFacts(int Pid, int ParentPid, ulong StartTime, bool Ended)
{
    /// <summary>Null: there is no such process.</summary>
    public static ProcessFacts? Of(int pid)
    {
        string text;
        try
        {
            text = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        // The name, in parentheses, may hold anything, so the fields are counted from its end: state is the third.
        var fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19
            ? new ProcessFacts(
                pid, int.Parse(fields[1], CultureInfo.InvariantCulture), ulong.Parse(fields[19], CultureInfo.InvariantCulture),
                fields[0] is "Z" or "X")
            : null;
    }

    /// <summary>All processes of this machine (or container) that can be seen.</summary>
    public static IEnumerable<ProcessFacts> All() =>
        from folder in Directory.EnumerateDirectories("/proc")
        let name = Path.GetFileName(folder)
        where int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        let facts = Of(int.Parse(name, CultureInfo.InvariantCulture))
        where facts is not null
        select facts;

    /// <summary>The program that it runs; null when that may not be seen, or it has ended.</summary>
    public static string? Executable(int pid) => Link(pid, "exe");

    /// <summary>Its working directory; null when that may not be seen, or it has ended.</summary>
    public static string? WorkingDirectory(int pid) => Link(pid, "cwd");

    private static string? Link(int pid, string name)
    {
        try
        {
            return new FileInfo($"/proc/{pid}/{name}").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
