using System.Collections.Immutable;
using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Quantities;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Planning;

/// <summary>Makes the facts of one store.</summary>
internal static class PlanStoreBuilder
{
    /// <summary>A store that is planned only.</summary>
    public static StoreFacts Planned(Entry<Section> entry)
    {
        var section = entry.Value;
        return Used(entry.Name, section.Require(PlanStoreKeys.Class), section) with
        {
            ActiveSite = section.Get(PlanStoreKeys.ActiveSite),
            Objectives = WithProcess(Declared(section)),
            AutomaticSiteFailover = FactReader.Of(
                section, PlanStoreKeys.SiteFailover, Fact.Assumed(false, $"planning.stores.{entry.Name}.automatic-site-failover is not set")),
        };
    }

    /// <summary>A store of the file. What it promises and how it is timed is in its own section.</summary>
    public static StoreFacts Running(StoreSpec store, Section section)
    {
        var (path, timing) = ($"stores.{store.Name}", store.Timing);
        var objectives = Declared(section).SetItem(FailureKind.Host, store.HostLoss);
        return Used(store.Name, StoreClass.Relational, section) with
        {
            ActiveSite = store.FirstSite,
            Objectives = WithProcess(store.HasTwoSites ? objectives.SetItem(FailureKind.Site, store.SiteLoss) : objectives),
            Suspicion = Fact.Derived(timing.SuspectAfter + timing.Heartbeat, $"{path}.timing: suspect-after and a heartbeat"),
            Lease = Fact.Declared(timing.Lease, $"{path}.timing.lease"),
            SiteLease = Fact.Declared(timing.SiteLease, $"{path}.timing.site-lease"),
            Ledger = Fact.Declared(store.Link.Heartbeat, $"{path}.site-link.heartbeat"),
            Queue = Fact.Declared(new ByteCount(store.Link.QueueBound), $"{path}.site-link.queue-bound"),
            AutomaticSiteFailover = Fact.Declared(store.SiteFailover == SiteFailoverPolicy.Automatic, $"{path}.site-failover"),
            EnforceRpo = Fact.Declared(store.EnforceRpo, $"{path}.objectives.site-loss.enforce-rpo"),
            Running = store.Members.Values.GroupBy(member => member.Site)
                .ToImmutableSortedDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal),
        };
    }

    private static StoreFacts Used(string name, StoreClass kind, Section section)
    {
        var usual = PlanDefaults.Store(name, kind);
        var log = FactReader.Of(section, PlanStoreKeys.Log, bytes => new ByteRate(bytes), usual.Log);
        return usual with
        {
            Size = FactReader.Of(section, PlanStoreKeys.Size, bytes => new ByteCount(bytes), usual.Size),
            Log = log,
            PeakLog = FactReader.Of(section, PlanStoreKeys.PeakLog, bytes => new ByteRate(bytes), PlanDefaults.PeakOf(log)),
            Peak = FactReader.Of(section, PlanStoreKeys.Peak, usual.Peak),
            Commits = FactReader.Of(section, PlanStoreKeys.Commits, usual.Commits),
            Connections = FactReader.Of(section, PlanStoreKeys.Connections, usual.Connections),
            CommitBudget = FactReader.Of(section, PlanStoreKeys.CommitBudget, usual.CommitBudget),
            Flush = FactReader.Of(section, PlanStoreKeys.Flush, usual.Flush),
            Work = FactReader.Of(section, PlanStoreKeys.Work, usual.Work),
            Handover = FactReader.Of(section, PlanStoreKeys.Handover, usual.Handover),
            SiteRoundTrip = FactReader.Of(section, PlanStoreKeys.SiteRoundTrip, usual.SiteRoundTrip),
            Replay = FactReader.Of(section, PlanStoreKeys.Replay, bytes => new ByteRate(bytes), usual.Replay),
            Restore = FactReader.Of(section, PlanStoreKeys.Restore, bytes => new ByteRate(bytes), usual.Restore),
            Promote = FactReader.Of(section, PlanStoreKeys.Promote, usual.Promote),
            Damage = FactReader.Of(section, PlanStoreKeys.Damage, amount => new Money(amount), usual.Damage),
        };
    }

    private static ImmutableDictionary<FailureKind, ObjectiveSpec> Declared(Section section)
    {
        var objectives = section.Sub(PlanStoreKeys.Objectives);
        return PlanObjectivesKeys.Rows.Where(row => objectives.IsGiven(row.Key)).ToImmutableDictionary(
            row => row.Failure,
            row => new ObjectiveSpec(
                objectives.Sub(row.Key).Require(PlanObjectiveKeys.Rpo), objectives.Sub(row.Key).Require(PlanObjectiveKeys.Rto)));
    }

    /// <summary>A process is less than a host: what is demanded of the one is demanded of the other.</summary>
    private static ImmutableDictionary<FailureKind, ObjectiveSpec> WithProcess(ImmutableDictionary<FailureKind, ObjectiveSpec> objectives) =>
        objectives.TryGetValue(FailureKind.Host, out var host) && !objectives.ContainsKey(FailureKind.Process)
            ? objectives.Add(FailureKind.Process, host)
            : objectives;
}
