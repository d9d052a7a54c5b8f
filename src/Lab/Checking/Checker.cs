using System.Collections.Immutable;
using Holdfast.Lab.Histories;

namespace Holdfast.Lab.Checking;

/// <summary>What the checker found.</summary>
/// <param name="Acknowledged">Writes that were.</param>
/// <param name="Lost">Acknowledged writes that are gone.</param>
/// <param name="Reported">Of these, those that may be and that a loss report names.</param>
/// <param name="StaleReads">Reads at a member that had been replaced as primary, which is not forbidden.</param>
internal sealed record Verdict(ImmutableArray<Violation> Violations, int Acknowledged, int Lost, int Reported, int StaleReads);

/// <summary>Judges a history. Pure: the same history gives the same verdict.</summary>
internal static class Checker
{
    /// <summary>So many of a kind are told one by one; the rest are counted.</summary>
    private const int Told = 5;

    public static Verdict Judge(History history)
    {
        var reigns = Reigns.Of(history);
        var excused = LossCheck.Excused(history);
        var (reads, stale) = ReadCheck.Judge(history, reigns, excused);
        IEnumerable<Violation> all =
        [
            .. LossCheck.Judge(history, excused), .. ContentCheck.Judge(history, excused), .. OrderCheck.Judge(history, excused), .. reigns.Overlaps(),
            .. EpochCheck.Judge(history), .. reads,
            .. AgreementCheck.Judge(history),
        ];
        var lost = LossCheck.Missing(history).Select(write => write.Id).ToList();
        return new Verdict(
            [.. all.GroupBy(violation => violation.Judgement).SelectMany(Shortened)],
            history.Writes.Count(write => write.Outcome == Outcome.Acknowledged), lost.Count, lost.Count(excused.Contains),
            stale);
    }

    private static IEnumerable<Violation> Shortened(IGrouping<Judgement, Violation> violations)
    {
        var all = violations.ToList();
        return all.Count <= Told ? all : [.. all.Take(Told), new Violation(violations.Key, $"and {all.Count - Told} more")];
    }
}
