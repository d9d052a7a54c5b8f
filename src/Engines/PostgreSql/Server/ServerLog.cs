using Holdfast.Engines.PostgreSql.Files;

namespace Holdfast.Engines.PostgreSql.Server;

/// <summary>What the server wrote about itself, for explaining why it ended.</summary>
internal static class ServerLog
{
    /// <summary>What it says to whoever wants in while it starts or stops.</summary>
    private const string RefusesForNow = "FATAL:  the database system is ";

    /// <summary>Each sign in the server's words, with what it means and what helps. The first that fits is taken.</summary>
    private static readonly (string Sign, string Remedy)[] Signs =
    [
        ("No space left on device", "the disk is full: make room, then the server is started again"),
        ("Address already in use", "its port is taken: stop the other program, or change 'address' of this member"),
        ("Cannot assign requested address", "its address is not one of this host: correct 'address' of this member"),
        ("has wrong ownership", "the data directory belongs to another user: chown it to the user who runs the agent"),
        ("invalid permissions", "the data directory is open to others: chmod it to 0700"),
        ("incompatible with server", "the data is of another major version or build: install that version, or set 'bin'"),
        ("Permission denied", "a file may not be read or written: let the user who runs the agent own the data directory"),
        ("unrecognized configuration parameter", "a setting is unknown to this version: correct 'parameters'"),
        ("contains errors", "a setting is wrong: correct 'parameters'"),
        ("could not locate a valid checkpoint record", "the data is damaged: run 'holdfast reinit' for this member"),
    ];

    /// <summary>One line: what happened, by the server's own last words since <paramref name="start"/>, and the remedy.</summary>
    public static string ExplainExit(Layout layout, long start)
    {
        var words = LastWords(layout, start);
        var remedy = DiskFault.Describe(layout.Data) ?? Remedy(words);
        return $"the server of {layout.Data} ended{(words is null ? "" : $": {words}")}" +
            (remedy is null ? $"; see {layout.ServerLog}" : $"; {remedy}");
    }

    /// <summary>The last message of a fault in the log since <paramref name="start"/>; null: none.</summary>
    public static string? LastWords(Layout layout, long start)
    {
        var lines = LogFile.Tail(layout.ServerLog, start);
        return Array.FindLast(lines, IsSign) ?? Array.FindLast(lines, IsFault);
    }

    /// <summary>The last line with these words; null: none.</summary>
    public static string? LastLine(Layout layout, long start, string words) =>
        Array.FindLast(LogFile.Tail(layout.ServerLog, start), line => line.Contains(words, StringComparison.Ordinal));

    public static string? Remedy(string? words) =>
        words is null ? null : Signs.FirstOrDefault(sign => words.Contains(sign.Sign, StringComparison.OrdinalIgnoreCase)).Remedy;

    private static bool IsSign(string line) =>
        Signs.Any(sign => line.Contains(sign.Sign, StringComparison.OrdinalIgnoreCase))
            && !line.Contains(" LOG:  starting", StringComparison.Ordinal);

    private static bool IsFault(string line) =>
        line.Contains("PANIC:", StringComparison.Ordinal) ||
        (line.Contains("FATAL:", StringComparison.Ordinal) && !line.Contains(RefusesForNow, StringComparison.Ordinal));
}
