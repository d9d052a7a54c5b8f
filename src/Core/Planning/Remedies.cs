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

        if (Nearest(setting, all) is var (wanted, gates))
        {
            var with = gates.Length > 1 ? ", with all of these" : "";
            return
            [
                .. gates.Select((gate, at) =>
                    $"{(at == 0 ? $"{PatternWords.Of(wanted.Candidate)} would do{with}:" : "and")} {gate.Change} ({gate.What})"),
            ];
        }

        var possible = all.Where(one => !one.IsOutOfReach).ToList();
        return [.. chosen.Missed.SelectMany(missed => OfOutcome(setting, missed, possible).DefaultIfEmpty(OfConflict(missed, possible)))];
    }

    /// <summary>A pattern that would do, were it not for gates, or with a thicker line or another backup; with all that must be done for it.</summary>
    private static (Assessment Wanted, ImmutableArray<Gate> Gates)? Nearest(Setting setting, IReadOnlyCollection<Assessment> all)
    {
        (Assessment Wanted, ImmutableArray<Gate> Gates)? best = null;
        foreach (var what in WhatIf.Of(setting).OrderBy(what => what.Done.Length))
        {
            if (best is { } found && what.Done.Length > found.Gates.Length)
            {
                break; // whatever is wanted there needs more than this
            }

            var assessed = what.Done.IsEmpty ? all : what.Setting.Candidates.Select(candidate => Assessment.Of(what.Setting, candidate));
            best = assessed.Where(one => !one.Missed.Any() && !one.IsOutOfReach)
                .Select(one => ((Assessment Wanted, ImmutableArray<Gate> Gates)?)(one, [.. what.Done, .. one.Gates]))
                .Append(best).Where(one => one is not null)
                .OrderBy(one => one!.Value.Gates.Length).ThenBy(one => one!.Value.Wanted.Costs.Total).FirstOrDefault();
        }

        return best;
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
                ? $"{Name(missed)}: no pattern keeps anything; {Missing(setting, missed.Failure)}"
                : $"{Name(missed)}: no pattern loses less than {QuantityText.AtLeast(leastLoss.Rpo!.Value)} ({leastLoss.LossWhy}); "
                    + $"an rpo of that{(leastLoss.LossChange is { } change ? $", or {change}" : "")}";
        }

        var fastest = same.Where(outcome => outcome.Rto is not null).MinBy(outcome => outcome.Rto);
        if (fastest is null)
        {
            yield return $"{Name(missed)}: nothing brings it back; {Missing(setting, missed.Failure)}";
        }
        else if (fastest.Rto > objective.Rto)
        {
            var longest = fastest.Recovery!.Parts.MaxBy(part => part.Time)!;
            yield return $"{Name(missed)}: no pattern is back within less than {QuantityText.AtLeast(fastest.Rto.Value)}, "
                + $"of which {QuantityText.Of(longest.Time)} are to {PatternWords.Of(longest.Part)} ({longest.Why}); an rto of that, or make this shorter";
        }
    }

    private static string Missing(Setting setting, FailureKind failure) => failure switch
    {
        FailureKind.Region => "a site, or a repository, in another region (planning.backup.off-region)",
        FailureKind.Site => "a second site, or a repository at another site (planning.backup.off-site)",
        _ => Gate.Declare(setting.Store),
    };

    private static string Name(Outcome outcome) => PatternWords.Of(outcome.Failure);
}
