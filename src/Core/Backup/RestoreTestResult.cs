using System.Collections.Immutable;
using System.Globalization;

namespace Holdfast.Core.Backup;

/// <summary>How one check of a restored copy ended.</summary>
public enum CheckOutcome
{
    Passed,
    Failed,
    /// <summary>It could not be made here, and its text says why; that is no failure.</summary>
    NotRun,
}

/// <param name="Name">A word or two, the same each time: <c>restore</c>, <c>recovery</c>, <c>amcheck</c>, <c>assertion NAME</c> …</param>
/// <param name="Detail">For people: what was found, or why it was not run.</param>
public sealed record RestoreCheck(string Name, CheckOutcome Outcome, string Detail, double Seconds);

/// <summary>One restore of a test, and what was found in it.</summary>
/// <param name="Target"><c>latest</c>, a place in the log, or a time.</param>
/// <param name="Bytes">Of the restored files; null: it did not get there.</param>
/// <param name="Reached">Where its recovery ended, as a place in the log; null: it did not get there, or that is not known.</param>
/// <param name="LastCommit">When the last transaction in it was committed, as the server says it; null: none was replayed.</param>
public sealed record RestoredMoment(string Target, long? Bytes, string? Reached, string? LastCommit, ImmutableArray<RestoreCheck> Checks)
{
    public bool IsOk => Checks.All(check => check.Outcome != CheckOutcome.Failed);

    /// <summary>Until it took statements: what a restore by this path costs. Null: it did not get there.</summary>
    public double? ReadySeconds => Checks.Any(check => check is { Name: RestoreCheckNames.Recovery, Outcome: CheckOutcome.Passed })
        ? Checks.Where(check => check.Name is RestoreCheckNames.Restore or RestoreCheckNames.Recovery).Sum(check => check.Seconds) : null;
}

/// <summary>Names of checks that others refer to.</summary>
public static class RestoreCheckNames
{
    public const string Restore = "restore";
    public const string Recovery = "recovery";
    public const string Structure = "amcheck";
    public const string Pages = "page checksums";
    public const string Compare = "comparison";

    public static string Assertion(string name) => $"assertion {name}";
}

/// <summary>A test restore, as it is shown and kept.</summary>
/// <param name="StartedAt">By the clock of the member's host, in seconds since 1970 (UTC).</param>
/// <param name="Seed">By which the past moment was chosen.</param>
/// <param name="Problem">Why it could not be made at all; null: it was made.</param>
public sealed record RestoreTestResult(
    string Id, string Store, string Site, string Member, long StartedAt, double Seconds, long Seed, string? Problem,
    ImmutableArray<RestoredMoment> Moments)
{
    public bool IsOk => Problem is null && Moments.Length > 0 && Moments.All(moment => moment.IsOk);

    /// <summary>The longest of its restores until it took statements: the time that recovery by this path really takes.</summary>
    public double? ReadySeconds => Moments.Max(moment => moment.ReadySeconds);

    /// <summary>In one line: that it was well and how long it took, or which check failed first.</summary>
    public string Summary()
    {
        if (Problem is { } problem)
        {
            return problem;
        }

        var failed = Moments.SelectMany(moment => moment.Checks.Select(check => (moment.Target, Check: check)))
            .FirstOrDefault(pair => pair.Check.Outcome == CheckOutcome.Failed);
        return failed.Check is { } check
            ? $"{check.Name} failed, restored to {failed.Target}: {check.Detail}"
            : string.Create(
                CultureInfo.InvariantCulture, $"all checks passed; it took statements {ReadySeconds ?? 0:0} s after the restore began");
    }
}

/// <summary>What is remembered of test restores.</summary>
/// <param name="Last">The last one, however it ended.</param>
/// <param name="LastOkAt">When the last one ended in which all checks passed, in seconds since 1970 (UTC); null: none yet.</param>
/// <param name="LastOkSeconds">Its <see cref="RestoreTestResult.ReadySeconds"/>.</param>
public sealed record RestoreTestRecord(RestoreTestResult Last, long? LastOkAt, double? LastOkSeconds)
{
    public static RestoreTestRecord After(RestoreTestRecord? before, RestoreTestResult result) => result.IsOk
        ? new(result, result.StartedAt + (long)result.Seconds, result.ReadySeconds)
        : new(result, before?.LastOkAt, before?.LastOkSeconds);
}

/// <summary>What a scan of a whole repository found.</summary>
/// <param name="At">When it began, by the clock of the member's host, in seconds since 1970 (UTC).</param>
/// <param name="Findings">What is wrong, each for people; empty: nothing.</param>
/// <param name="Files">Files of backups whose checksums were computed.</param>
/// <param name="Pieces">The same, of log.</param>
public sealed record RepositoryScan(
    string Id, string Member, long At, double Seconds, ImmutableArray<string> Findings, long Files, long Pieces)
{
    public bool IsOk => Findings.IsEmpty;
}
