using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Holdfast.Core.Backup;

namespace Holdfast.Engines.PostgreSql.Backup;

/// <summary>Reads what pgBackRest's scan of a repository says, and adds what it does not look for: pieces of log that are not there.</summary>
internal static partial class RepositoryScanner
{
    /// <summary>Findings that are listed; of more, the number is told.</summary>
    private const int Listed = 20;

    /// <summary>What is damaged stays so: reading it again once is enough, where the program would wait for long and then try once more.</summary>
    public static readonly ImmutableArray<string> Options = ["--job-retry=1"];

    /// <summary>What is wrong with the log, for people.</summary>
    public static ImmutableArray<string> Told(Restorable restorable) =>
    [
        .. restorable.Gaps.Select(gap => string.Create(
            CultureInfo.InvariantCulture,
            $"log is missing: {gap.Pieces} {(gap.Pieces == 1 ? "piece" : "pieces")} from {gap.First} to {gap.Last}, timeline {gap.Timeline}")),
        .. restorable.Useless.Select(label => $"backup {label} is of no use: its own log is not whole"),
        .. restorable.IsCutOff ? ["log is missing after the newest backup: take another"] : (string[])[],
    ];

    /// <param name="said">By <c>pgbackrest verify</c>, all of it; it says most of it twice.</param>
    /// <returns>What is wrong, how many files of backups were read, and how many pieces of log.</returns>
    public static (ImmutableArray<string> Findings, long Files, long Pieces) Read(string said)
    {
        var findings = ImmutableArray.CreateBuilder<string>();
        var more = 0;
        foreach (var match in FileLine().Matches(said).DistinctBy(match => match.Groups["name"].Value))
        {
            if (findings.Count == Listed)
            {
                more++;
                continue;
            }

            findings.Add(match.Groups["what"].Value switch
            {
                "file missing" => $"{match.Groups["name"].Value} is missing",
                "invalid checksum" => $"{match.Groups["name"].Value} is damaged: its checksum is wrong",
                "invalid size" => $"{match.Groups["name"].Value} is damaged: its size is wrong",
                _ => $"{match.Groups["name"].Value} cannot be read",
            });
        }

        if (more > 0)
        {
            findings.Add(string.Create(CultureInfo.InvariantCulture, $"and {more} files more"));
        }

        findings.AddRange(Unusable().Matches(said).Select(match => match.Groups["file"].Value).Distinct()
            .Select(file => $"{file} cannot be read: it is damaged, or 'key' is not the one that the repository was made with"));
        long files = 0, pieces = 0;
        foreach (var match in BackupLine().Matches(said).DistinctBy(match => match.Groups["label"].Value))
        {
            var (label, status) = (match.Groups["label"].Value, match.Groups["status"].Value);
            var read = Number(match, "files");
            files += read;
            if (status == "in-progress")
            {
                continue;
            }

            if (status != "valid")
            {
                findings.Add(read == 0
                    ? $"backup {label} is of no use: its manifest cannot be read" : $"backup {label} is of no use as a whole: {status}");
            }
        }

        foreach (var match in LogLine().Matches(said).DistinctBy(match => match.Groups["archive"].Value))
        {
            pieces += Number(match, "pieces");
        }

        if (findings.Count == 0 && said.Contains("status: error", StringComparison.Ordinal))
        {
            findings.Add(BackRestRun.Readable(said));
        }

        return (findings.ToImmutable(), files, pieces);

        static long Number(Match match, string name) => long.Parse(match.Groups[name].ValueSpan, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(
        @"(INFO|WARN): (?<what>file missing|invalid checksum|invalid size|invalid result) '?(?<name>[^':\s]+)'?", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FileLine();

    [GeneratedRegex(@"No usable (?<file>\S+) file", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Unusable();

    [GeneratedRegex(
        @"backup: (?<label>\S+), status: (?<status>[a-z][a-z -]*), total files checked: (?<files>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex BackupLine();

    [GeneratedRegex(@"archiveId: (?<archive>\S+), total WAL checked: (?<pieces>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LogLine();
}
