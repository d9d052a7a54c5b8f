using System.Collections.Immutable;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Measured;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning;

/// <summary>One store's plan.</summary>
/// <param name="Chosen">The cheapest that meets every objective, damage and all; where none does, the one that misses the fewest, by the least.</param>
/// <param name="Ladder">The best of each rung, from the top; the chosen one is among them.</param>
/// <param name="Changes">Where an objective is missed: what would have to change, each by itself or together as it says.</param>
public sealed record StorePlan(
    Setting Setting, Assessment Chosen, ImmutableArray<Assessment> Ladder, ImmutableArray<string> Changes, LinkOutlook? Link)
{
    public StoreFacts Store => Setting.Store;
    public bool IsMet => Chosen.MeetsAll;

    /// <summary>
    /// The engine can do what is planned, but Holdfast does not build it: it keeps a group of its own at each site. Null: it does.
    /// </summary>
    public string? NotBuilt => Store.Class == StoreClass.Relational && Chosen.Candidate.Pattern is DataPattern.StretchedQuorum or DataPattern.NearReceiver
        ? "the database can do this, this version of Holdfast does not build it: it keeps a group of its own at each site, and one follows the other "
            + "asynchronously. '--compare' shows what that comes to"
        : null;

    /// <summary>
    /// What runs has fewer members than the plan: then it does not keep what the plan promises. Null: it has as many, or nothing runs yet.
    /// </summary>
    public string? Lacks
    {
        get
        {
            var (running, candidate) = (Store.Running, Chosen.Candidate);
            var here = running.GetValueOrDefault(Setting.Active.Name);
            var elsewhere = running.Values.Sum() - here;
            var wanted = candidate.Readiness is Readiness.Hot or Readiness.Warm ? candidate.RemoteMembers + candidate.NearMembers : 0;
            return running.IsEmpty || (here >= candidate.LocalMembers && elsewhere >= wanted)
                ? null
                : $"{string.Join(", ", running.Select(site => $"{site.Value} at {site.Key}"))} {(running.Values.Sum() == 1 ? "runs" : "run")} now: "
                    + $"the plan is {candidate.LocalMembers} at {Setting.Active.Name}{(wanted > 0 ? $" and {wanted} elsewhere" : "")}";
        }
    }
}

/// <summary>What the link means for one store.</summary>
/// <param name="Capacity">For this store's log.</param>
/// <param name="Utilisation">ρ of whatever is scarcest: the line with all stores on it, or one connection with this one.</param>
/// <param name="FullAfter">How long the queue lasts while the link is down. Null: for ever.</param>
/// <param name="CatchUp">
/// After the outage that is to be bridged, if it was: over the line with all stores at once, or by the standby's replay, whichever takes longer. Null:
/// never.
/// </param>
/// <param name="Needed">What the queue would have to hold for that outage, at the average.</param>
/// <param name="Outage">That is to be bridged.</param>
public sealed record LinkOutlook(
    LinkFacts Link, ByteRate Capacity, double Utilisation, TimeSpan? FullAfter, TimeSpan? CatchUp, ByteCount Needed, TimeSpan Outage)
{
    public bool BridgesTheOutage => FullAfter is null || FullAfter >= Outage;

    internal static LinkOutlook? Of(Setting setting)
    {
        if (setting.Link is not { } link)
        {
            return null;
        }

        var log = setting.Store.Log.Value;
        return new LinkOutlook(
            link, setting.Capacity, setting.Utilisation, Backlog.TimeToFull(setting.Store.Queue.Value, log),
            Backlog.CatchUp(link.Outage.Value, Math.Max(setting.Utilisation, log.BytesPerSecond / setting.Store.Replay.Value.BytesPerSecond)),
            Backlog.Retention(link.Outage.Value, log), link.Outage.Value);
    }
}

/// <summary>A system's plan.</summary>
/// <param name="Decisions">Around the stores. They are advice: no objective hangs on them.</param>
public sealed record SystemPlan(PlanFacts Facts, ImmutableArray<StorePlan> Stores, PlanDecisions Decisions)
{
    public bool IsMet => Stores.All(store => store.IsMet);

    /// <summary>What the running system showed; the facts have it already. Null: it was not asked.</summary>
    public Measurements? Seen { get; init; }

    /// <summary>Of all chosen patterns together, for a year.</summary>
    public Money Spent => Money.Sum(Stores.Select(store => store.Chosen.Costs.Spent));
    public Money Damage => Money.Sum(Stores.Select(store => store.Chosen.Costs.Damage));
}
