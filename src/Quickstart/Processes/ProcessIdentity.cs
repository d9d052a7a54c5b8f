using System.Globalization;

namespace Holdfast.Quickstart.Processes;

/// <summary>One process and no other: a number alone may be given to another process later.</summary>
/// <param name="StartTime">Field 22 of <c>/proc/PID/stat</c>: clock ticks from the machine's boot to the process's start.</param>
internal readonly record struct ProcessIdentity(int Pid, ulong StartTime)
{
    /// <summary>The process that has this number now; null: there is none, or only the remains that its parent has not collected.</summary>
    public static ProcessIdentity? Of(int pid) =>
        ProcessStat.Read(pid) is { IsGone: false } stat ? new ProcessIdentity(pid, stat.StartTime) : null;

    public bool IsAlive() => ProcessStat.Read(Pid) is { IsGone: false } stat && stat.StartTime == StartTime;

    /// <summary>Stopped by a signal.</summary>
    public bool IsStopped() => ProcessStat.Read(Pid) is { State: 'T' } stat && stat.StartTime == StartTime;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Pid} {StartTime}");

    public static bool TryParse(string pid, string startTime, out ProcessIdentity identity)
    {
        var fine = int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var number) & ulong.TryParse(
            startTime, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks);
        identity = new ProcessIdentity(number, ticks);
        return fine;
    }
}

/// <summary>What the kernel says of a process in <c>/proc/PID/stat</c>.</summary>
internal sealed record ProcessStat(char State, int Parent, ulong StartTime)
{
    private const int StateField = 0;
    private const int ParentField = 1;
    private const int StartTimeField = 19;

    /// <summary>It has ended; only its exit status waits for its parent.</summary>
    public bool IsGone => State is 'Z' or 'X' or 'x';

    /// <summary>Null: no such process.</summary>
    public static ProcessStat? Read(int pid)
    {
        try
        {
            return Parse(File.ReadAllText($"/proc/{pid}/stat"));
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The second field is the program's name in brackets, which may itself hold blanks and brackets.</summary>
    internal static ProcessStat Parse(string text)
    {
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessStat(
            fields[StateField][0],
            int.Parse(fields[ParentField], CultureInfo.InvariantCulture),
            ulong.Parse(fields[StartTimeField], CultureInfo.InvariantCulture));
    }
}
