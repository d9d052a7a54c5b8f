using System.Globalization;
using System.Text.RegularExpressions;
using Holdfast.Engines.Backup;
using Holdfast.Engines.PostgreSql.Server;

namespace Holdfast.Engines.PostgreSql.Backup;

/// <summary>Runs pgBackRest with a configuration of ours; nothing secret is among its arguments.</summary>
internal static partial class BackRestRun
{
    internal const string WrongKey = "; is 'key' the one that the repository was made with?";

    /// <summary>A list of a hundred thousand pieces of log is a tenth of it.</summary>
    private const int LargestAnswer = 128 << 20;

    private static readonly string[] Folders = ["/usr/bin", "/usr/local/bin", "/opt/pgbackrest/bin"];

    /// <summary>Where the program is; null: not installed.</summary>
    public static string? Program { get; } = Folders.Select(folder => Path.Combine(folder, "pgbackrest")).FirstOrDefault(File.Exists);

    /// <param name="level">How much it tells; null: as much as the progress needs.</param>
    /// <param name="pace">Null: as fast as it can.</param>
    /// <exception cref="EngineException">It is not installed, or it failed: its own words are in the message.</exception>
    public static async Task<string> RunAsync(
        string configuration, string stanza, IEnumerable<string> arguments, IProgress<BackupProgress>? progress, CancellationToken cancellationToken,
        string? level = null, ReadingPace? pace = null)
    {
        var program = Program ?? throw new EngineException("pgbackrest is not installed on this host: install the package pgbackrest");
        ToolResult result;
        try
        {
            result = await ToolRun.RunAsync(program, Arguments(), environment: null, line => Tell(line, progress), cancellationToken, LargestAnswer,
                beside: pace is null ? null : pace.FollowAsync);
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new EngineException($"{program} cannot be started: {exception.Message}", exception);
        }

        return result.ExitCode == 0
            ? result.Output + result.Errors
            : throw new EngineException(Explain(result));

        IEnumerable<string> Arguments() =>
            [
                $"--config={configuration}", $"--stanza={stanza}", "--log-level-console=off", "--no-log-timestamp",
                // What it says goes there, line by line.
                $"--log-level-stderr={(level ?? (progress is null ? "error" : "detail"))}", .. arguments,
            ];
    }

    /// <summary>What it says went wrong, with its hints, as one line without unreadable bytes.</summary>
    internal static string Explain(ToolResult result)
    {
        var text = result.Errors;
        var at = text.LastIndexOf("ERROR: [", StringComparison.Ordinal);
        if (ObjectStoreFault.Of(at < 0 ? text : text[at..]) is { } store)
        {
            return $"pgbackrest: {Readable(store)}";
        }

        var lines = (at < 0 ? text : text[at..]).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => !OtherLine().IsMatch(line)).Select(line => Number().Replace(line, "")).Take(4);
        var told = Readable(string.Join("; ", lines));
        return told.Length > 0
            ? $"pgbackrest: {told}"
            : string.Create(CultureInfo.InvariantCulture, $"pgbackrest ended with {result.ExitCode} and said nothing");
    }

    /// <summary>A message of several lines, such as `info` has for each repository, as one.</summary>
    internal static string Short(string message) => Readable(ObjectStoreFault.Of(message) ?? message.Split('\n')[0]);

    /// <summary>The same, and what it may come from where nothing can be made of what is there.</summary>
    internal static string ShortWithCause(string message) =>
        Short(message) + (message.Contains("FormatError", StringComparison.Ordinal) || message.Contains("CryptoError", StringComparison.Ordinal)
            ? WrongKey : "");

    internal static string Readable(string text)
    {
        const int Most = 400;
        var clean = new string([.. text.Select(letter => char.IsControl(letter) || letter == '\uFFFD' ? ' ' : letter)]);
        return clean.Length > Most ? clean[..Most] + "…" : clean;
    }

    private static void Tell(string line, IProgress<BackupProgress>? progress)
    {
        if (progress is null)
        {
            return;
        }

        if (FileLine().Match(line) is { Success: true } match)
        {
            progress.Report(new BackupProgress(
                double.Parse(match.Groups["percent"].ValueSpan, CultureInfo.InvariantCulture),
                match.Groups["what"].Value == "backup" ? "copying" : "restoring"));
        }
        else if (line.Contains("backup start archive", StringComparison.Ordinal))
        {
            progress.Report(new BackupProgress(null, "waiting for the archive"));
        }
        else if (line.Contains("check archive for segment(s)", StringComparison.Ordinal))
        {
            progress.Report(new BackupProgress(null, "waiting until its log is archived"));
        }
    }

    [GeneratedRegex(@"DETAIL: (?<what>backup|restore) file .* \([^()]*, (?<percent>\d+(\.\d+)?)%\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FileLine();

    [GeneratedRegex(@"^(P\d+\s+)?(DETAIL|INFO|WARN):?\s", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OtherLine();

    [GeneratedRegex(@"^(P\d+\s+)?ERROR: \[\d+\]: |^HINT: ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Number();
}
