using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Patterns;

/// <summary>What distance does to commits, and stands in the way of a candidate.</summary>
internal static class CommitGates
{
    public static IEnumerable<Gate> Of(Setting setting, Candidate candidate)
    {
        foreach (var link in Within(setting, candidate))
        {
            if (setting.Traits is { CanStretch: true, StretchLimit: { } limit } && link.RoundTrip.Value > limit)
            {
                yield return new Gate(
                    $"{QuantityText.Of(link.RoundTrip.Value)} between {link.From} and {link.To} is more than {QuantityText.Of(limit)} "
                    + $"({setting.Traits.StretchWhy})",
                    Nearer(setting, link, limit));
            }
        }

        if (!setting.Traits.IsSynchronous)
        {
            yield break;
        }

        var store = setting.Store;
        var commit = setting.Commit(candidate);
        if (commit > store.CommitBudget.Value)
        {
            yield return TooSlow(setting, candidate, commit);
        }

        var possible = store.Connections.Value * CommitLatency.PerConnection(commit);
        var needed = CommitLatency.ConnectionsFor(store.Commits.Value, commit);
        if (needed > store.Connections.Value)
        {
            yield return new Gate(
                $"{QuantityText.Digits(store.Connections.Value)} connections make {QuantityText.Digits(possible)} commits a second of "
                + $"{QuantityText.Of(commit)} each; {QuantityText.Digits(store.Commits.Value)} are needed",
                $"at least {Math.Ceiling(needed):0} connections, or more work in each commit");
        }
    }

    /// <summary>The ways within one quorum. Empty: it is inside the site.</summary>
    private static IEnumerable<LinkFacts> Within(Setting setting, Candidate candidate) => candidate.Pattern switch
    {
        DataPattern.StretchedQuorum when candidate.IsSpread => [setting.NearLinkOrAssumed, setting.LinkOrAssumed],
        DataPattern.StretchedQuorum => [setting.LinkOrAssumed],
        DataPattern.NearReceiver => [setting.NearLinkOrAssumed],
        _ => [],
    };

    /// <summary>The link that a commit waits for as it would have to be, and why. Null: commits are within their budget, or no distance would do.</summary>
    public static (LinkFacts From, LinkFacts To, Gate Gate)? Nearer(Setting setting, Candidate candidate)
    {
        var commit = setting.Commit(candidate);
        return commit > setting.Store.CommitBudget.Value && Bearable(setting, candidate, commit) is var (link, roundTrip)
            ? (link, link with { RoundTrip = Fact.Derived(roundTrip, "what would do") }, TooSlow(setting, candidate, commit))
            : null;
    }

    private static Gate TooSlow(Setting setting, Candidate candidate, TimeSpan commit) => new(
        $"a commit would take {QuantityText.Of(commit)}, its budget is {QuantityText.Of(setting.Store.CommitBudget.Value)}",
        Bearable(setting, candidate, commit) is var (link, roundTrip) ? Nearer(setting, link, roundTrip)
            : $"a commit-budget of at least {QuantityText.Of(QuantityText.RoundedUp(commit))}"
                + (setting.WaitsFor(candidate.Pattern) is null ? ", or a faster disk" : ""));

    /// <summary>How near the place would have to be that a commit waits for. Null: it waits for none elsewhere, or none could be near enough.</summary>
    private static (LinkFacts Link, TimeSpan RoundTrip)? Bearable(Setting setting, Candidate candidate, TimeSpan commit)
    {
        if (setting.WaitsFor(candidate.Pattern) is not { } waitedFor)
        {
            return null;
        }

        // Without the way there, the rest of a commit takes the same time.
        var rest = setting.Store.CommitBudget.Value - (commit - waitedFor.RoundTrip.Value);
        // Nearer than the third place it would change places with it, and the third would be the other site.
        var nearest = waitedFor == setting.LinkOrAssumed && setting.NearLink is { } near ? near.RoundTrip.Value : PlanDefaults.Equipment;
        return rest <= nearest ? null : (waitedFor, QuantityText.RoundedDown(rest));
    }

    private static string Nearer(Setting setting, LinkFacts link, TimeSpan roundTrip)
    {
        var (place, least) = (link == setting.NearLinkOrAssumed ? "a third place" : "a site", QuantityText.RoundedDown(roundTrip));
        return Propagation.Reach(least, PlanDefaults.Equipment) is { Kilometres: >= 1 } reach
            ? $"{place} within {QuantityText.Of(least)}: {QuantityText.Digits(Math.Floor(reach.Kilometres))} km of fibre"
            : $"{place} within {QuantityText.Of(least)}";
    }
}
