using System.Collections.Immutable;
using Holdfast.Configuration.Kinds;
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
    /// <param name="store">As it runs.</param>
    /// <param name="own">Its section, which knows what somebody wrote.</param>
    /// <param name="section">What <c>planning.stores</c> says of it.</param>
    /// <param name="backups">The section <c>planning.backup</c>.</param>
    public static StoreFacts Running(StoreSpec store, Section own, Section section, Section backups)
    {
        var (timing, link, siteLoss) = (
            own.Sub(StoreKeys.Timing), own.Sub(StoreKeys.SiteLink), own.Sub(StoreKeys.Objectives).Sub(ObjectivesKeys.SiteLossKey));
        var objectives = Declared(section).SetItem(FailureKind.Host, store.HostLoss);
        // Of a store at one site nothing is demanded for its loss unless somebody says so: and then it is demanded, whether it can be kept or not.
        var demandsSite = store.HasTwoSites || siteLoss.IsGiven(ObjectivesKeys.SiteLoss.Rpo) || siteLoss.IsGiven(ObjectivesKeys.SiteLoss.Rto);
        return RunningBackups.With(Used(store.Name, EngineKinds.Of(store.Kind).Class, section), store, own, backups) with
        {
            ActiveSite = store.FirstSite,
            Objectives = WithProcess(demandsSite ? objectives.SetItem(FailureKind.Site, store.SiteLoss) : objectives),
            Suspicion = timing.IsGiven(TimingKeys.SuspectAfter) || timing.IsGiven(TimingKeys.Heartbeat)
                ? Fact.Derived(store.Timing.SuspectAfter + store.Timing.Heartbeat, $"{timing.Place.Path}: suspect-after and a heartbeat")
                : PlanDefaults.Suspicion,
            Lease = FactReader.Of(timing, TimingKeys.Lease, PlanDefaults.Lease),
            SiteLease = FactReader.Of(timing, TimingKeys.SiteLease, PlanDefaults.SiteLease),
            Ledger = FactReader.Of(link, SiteLinkKeys.Heartbeat, PlanDefaults.Ledger),
            Queue = FactReader.Of(link, SiteLinkKeys.QueueBound, bytes => new ByteCount(bytes), PlanDefaults.Queue),
            StopsWhenFull = FactReader.Of(link, SiteLinkKeys.QueueFull, policy => policy == QueueFullPolicy.StopWrites, PlanDefaults.StopsWhenFull),
            GoesOnAlone = FactReader.Of(own, StoreKeys.Isolation, policy => policy == IsolationPolicy.Continue, PlanDefaults.GoesOnAlone),
            AutomaticSiteFailover = FactReader.Of(
                own, StoreKeys.SiteFailover, policy => policy == SiteFailoverPolicy.Automatic,
                Fact.Assumed(false, $"{own.PlaceOf(StoreKeys.SiteFailover).Path} is not set")),
            EnforceRpo = FactReader.Of(
                siteLoss, ObjectivesKeys.EnforceRpo, Fact.Assumed(false, $"{siteLoss.PlaceOf(ObjectivesKeys.EnforceRpo).Path} is not set")),
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
