namespace Holdfast.Engines.Redis.Server;

/// <summary>What the server wrote about itself, for explaining why it ended.</summary>
internal static class ServerLog
{
    /// <summary>Each sign in the server's words, with what it means and what helps. The first that fits is taken.</summary>
    private static readonly (string Sign, string Remedy)[] Signs =
    [
        ("No space left on device", "the disk is full: make room, then the server is started again"),
        ("Address already in use", "its port is taken: stop the other program, or change 'address' of this member"),
        ("Cannot assign requested address", "its address is not one of this host: correct 'address' of this member"),
        ("Permission denied", "a file may not be read or written: let the user who runs the agent own the data directory"),
        ("Bad directive or wrong number of arguments", "a setting is unknown to this version: correct 'settings'"),
        ("FATAL CONFIG FILE ERROR", "a setting is wrong: correct 'settings'"),
        ("Bad file format reading the append only file", "the data are damaged: run 'holdfast reinit' for this member"),
        ("Fatal error loading the DB", "the data are damaged: run 'holdfast reinit' for this member"),
    ];

    /// <summary>One line: what happened, by the server's own last words since <paramref name="start"/>, and the remedy.</summary>
    public static string ExplainExit(ServerPlace place, long start)
    {
        var lines = LogFile.Tail(place.Log, start);
        var sign = Signs.FirstOrDefault(sign => Array.Exists(lines, line => line.Contains(sign.Sign, StringComparison.OrdinalIgnoreCase)));
        var words = sign.Sign is null ? Array.FindLast(lines, line => line.Contains(" # ", StringComparison.Ordinal))
            : Array.FindLast(lines, line => line.Contains(sign.Sign, StringComparison.OrdinalIgnoreCase));
        var remedy = DiskFault.Describe(place.Data) ?? sign.Remedy;
        return $"the server of {place.Data} ended{(words is null ? "" : $": {words.Trim()}")}{(remedy is null ? $"; see {place.Log}" : $"; {remedy}")}";
    }
}
