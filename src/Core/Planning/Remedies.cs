using System.Collections.Immutable;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning;

/// <summary>What would have to change where an objective is missed. The nearest pattern first, then what no pattern gives.</summary>
internal static class Remedies
{
    public static ImmutableArray<string> Of(Setting setting, Assessment chosen, IReadOnlyCollection<Assessment> all)
    {
        if (chosen.MeetsAll)
        {
            return [];
        }

        // A pattern that would do, were it not for gates: those are what must be opened.
        var wanted = all.Where(one => !one.Missed.Any() && !one.IsOutOfReach)
            .OrderBy(one => one.Gates.Length).ThenBy(one => one.Costs.Total).FirstOrDefault();
        if (wanted is not null)
        {
            var with = wanted.Gates.Length > 1 ? ", with all of these" : "";
            return
            [
                .. wanted.Gates.Select((gate, at) =>
                    $"{(at == 0 ? $"{PatternWords.Of(wanted.Candidate)} would do{with}:" : "and")} {gate.Change} ({gate.What})"),
            ];
        }

        var possible = all.Where(one => !one.IsOutOfReach).ToList();
        return [.. chosen.Missed.SelectMany(missed => OfOutcome(setting, missed, possible).DefaultIfEmpty(OfConflict(missed, possible)))];
    }

    /// <summary>Where each demand could be met, but not with the others.</summary>
    private static string OfConflict(Outcome missed, IReadOnlyCollection<Assessment> possible)
    {
        var meeting = possible.Where(one => one.After(missed.Failure).Verdict == Verdict.Met)
            .OrderBy(one => one.Gates.Length).ThenBy(one => one.Missed.Count()).ThenBy(one => one.Costs.Total).FirstOrDefault();
        if (meeting is null)
        {
            return $"{Name(missed)}: no pattern has both, so little loss and so short a time; relax one of the two";
        }

        var others = meeting.Missed.Select(Name).Concat(meeting.Gates.Select(gate => gate.What));
        return $"{Name(missed)}: {PatternWords.Of(meeting.Candidate)} would meet this, but not the rest: {string.Join("; ", others)}";
    }

    private static IEnumerable<string> OfOutcome(Setting setting, Outcome missed, IReadOnlyCollection<Assessment> possible)
    {
        var objective = missed.Objective!;
        var same = possible.Select(one => one.After(missed.Failure)).ToList();
        var leastLoss = same.Where(outcome => outcome.Rpo is not null).MinBy(outcome => outcome.Rpo);
        if (leastLoss is null || leastLoss.Rpo > objective.Rpo)
        {
            yield return leastLoss is null
                ? $"{Name(missed)}: no pattern keeps anything; {Elsewhere(missed.Failure)}"
                : $"{Name(missed)}: no pattern loses less than {QuantityText.Of(leastLoss.Rpo!.Value)} ({leastLoss.LossWhy}); "
                    + $"an rpo of that, or {Shorter(setting, leastLoss)}";
        }

        var fastest = same.Where(outcome => outcome.Rto is not null).MinBy(outcome => outcome.Rto);
        if (fastest is null)
        {
            yield return $"{Name(missed)}: nothing brings it back; {Elsewhere(missed.Failure)}";
        }
        else if (fastest.Rto > objective.Rto)
        {
            var longest = fastest.Recovery!.Parts.MaxBy(part => part.Time)!;
            yield return $"{Name(missed)}: no pattern is back within less than {QuantityText.Of(fastest.Rto.Value)}, "
                + $"of which {QuantityText.Of(longest.Time)} are to {PatternWords.Of(longest.Part)} ({longest.Why}); an rto of that, or make this shorter";
        }
    }

    private static string Elsewhere(FailureKind failure) => failure == FailureKind.Region
        ? "a site, or a repository, in another region (planning.backup.off-region)"
        : "a second site, or a repository at another site (planning.backup.off-site)";

    private static string Shorter(Setting setting, Outcome least) =>
        setting.Traits.IsSynchronous && setting.Traits.HasLog ? "a shorter archive-timeout or backup interval"
        : least.Failure == FailureKind.Host ? "a shorter timing.lease" : "a shorter backup interval";

    private static string Name(Outcome outcome) => PatternWords.Of(outcome.Failure);
}
