using System.Collections.Immutable;
using Holdfast.Configuration.Kinds;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Schema;

/// <summary><c>stores.NAME:</c></summary>
internal static class StoreKeys
{
    public static readonly Key<string> Kind = new(
        "kind", new ChoiceShape<string>([.. EngineKinds.All.Select(kind => (kind.Name, kind.Name))]), "What kind of server keeps the data.")
    { IsRequired = true, Example = "postgresql" };

    public static readonly Key<Section> Objectives = new("objectives", ObjectivesKeys.Shape,
    "How much may be lost and how long the store may be down.");

    public static readonly Key<UnprotectedPolicy> Unprotected = new(
        "unprotected",
        new ChoiceShape<UnprotectedPolicy>(("allow", UnprotectedPolicy.Allow), ("stall", UnprotectedPolicy.Stall)),
        "When the last synchronous standby of a zero-loss store is gone: `allow` goes on with one copy and says so, " +
        "`stall` lets commits wait.")
    { Default = Defaults.Store.Unprotected };

    public static readonly Key<IsolationPolicy> Isolation = new(
        "isolation",
        new ChoiceShape<IsolationPolicy>(("fence", IsolationPolicy.Fence), ("continue", IsolationPolicy.Continue)),
        "When the active site is cut off: `fence` stops its writes within `timing.site-lease`, so that the other site may take over; " +
        "`continue` goes on, and an operator decides.")
    { Default = Defaults.Store.Isolation };

    public static readonly Key<SiteFailoverPolicy> SiteFailover = new(
        "site-failover",
        new ChoiceShape<SiteFailoverPolicy>(("automatic", SiteFailoverPolicy.Automatic), ("manual", SiteFailoverPolicy.Manual)),
        "Whether the other site may take over without an operator. `automatic` needs `isolation: fence`.")
    { Default = Defaults.Store.SiteFailover };

    public static readonly Key<string> PreferredSite = new(
        "preferred-site", new NameShape("site"), "Where the store is active when nothing speaks against it.")
    { DefaultInWords = "none" };

    public static readonly Key<Section> SiteLink = new(
        "site-link", SiteLinkKeys.Shape, "The link between the active site and the passive one, as this store uses it.");

    public static readonly Key<string> Archive = new(
        "archive", new HostFolderShape("/srv/holdfast/archive/orders"),
        "Directory for a copy of each complete piece of log; a standby whose log is gone reads it there. " +
        "On each member's host, of this store alone. With `backup` it may be left out.")
    { DefaultInWords = "none", Example = "/srv/holdfast/archive/orders" };

    public static readonly Key<Section> Backup = new(
        "backup", BackupKeys.Shape,
        "Backups and the archive of log that goes with them, from which a standby is fed as well, by pgBackRest, which has to be installed on the " +
        "members' hosts.");

    public static readonly Key<Section> Hooks = new(
        "hooks", HooksKeys.Shape, "Programs of yours around a move to the other site, for DNS and applications.");

    public static readonly Key<int> Acknowledgements = new(
        "acknowledgements",
        new IntegerShape(1, 100),
        "How many standbys must have flushed a commit before it is acknowledged. Below the number of members at each site.")
    { Default = Defaults.Store.Acknowledgements };

    public static readonly Key<Section> Timing = new("timing", TimingKeys.Shape, "Intervals and limits of detection and of waiting.");

    public static readonly Key<ImmutableArray<Entry<Section>>> Members = new(
        "members",
        new MapShape<Section>("member", NameForm.Name, MemberKeys.Shape, minimum: 1),
        "The servers of this store. A member's name is unique in the whole system.")
    { IsRequired = true, Example = "{orders-fra-1: {…}}" };

    public static readonly Key<Section> Gate = new(
        "gate", GateKeys.Shape, "The entry point for clients, `holdfast gate`: ports, limits and bounds.");

    public static readonly SectionShape Shape = new(
        "stores.NAME",
        [
            Kind, Objectives, Unprotected, Isolation, SiteFailover, PreferredSite, SiteLink, Archive, Backup, Hooks, Acknowledgements,
            Timing, Gate, Members, .. EngineKinds.Sections,
        ]);
}

/// <summary><c>stores.NAME.objectives:</c></summary>
internal static class ObjectivesKeys
{
    public static readonly Key<bool> EnforceRpo = new(
        "enforce-rpo", BooleanShape.Instance,
        "While the passive site is further behind than `rpo`, commits wait for it too, until it has caught up or the link is cut.")
    { Default = Defaults.Store.EnforceRpo };

    public static readonly ObjectiveKeys HostLoss = new("stores.NAME.objectives.host-loss", Defaults.Store.HostLoss);
    public static readonly ObjectiveKeys SiteLoss = new("stores.NAME.objectives.site-loss", Defaults.Store.SiteLoss, EnforceRpo);

    public static readonly Key<Section> HostLossKey = new(
        "host-loss", HostLoss.Shape, "When a host fails. An `rpo` of `0s` makes the store zero-loss: commits wait for standbys.");

    public static readonly Key<Section> SiteLossKey = new(
        "site-loss", SiteLoss.Shape, "When a whole site fails. The `rpo` is above `0s`: between sites replication is asynchronous.");

    public static readonly SectionShape Shape = new("stores.NAME.objectives", HostLossKey, SiteLossKey);
}

/// <summary>One objective: <c>{rpo, rto}</c>, and what else it has.</summary>
internal sealed class ObjectiveKeys
{
    public ObjectiveKeys(string title, ObjectiveSpec defaults, params Key[] more)
    {
        Rpo = new Key<TimeSpan>("rpo", DurationShape.Instance, "Recovery point objective: how much may be lost, in time.")
        { Default = defaults.Rpo };
        Rto = new Key<TimeSpan>("rto", DurationShape.Instance, "Recovery time objective: how long the store may be down.")
        { Default = defaults.Rto };
        Shape = new SectionShape(title, [Rpo, Rto, .. more]);
    }

    public Key<TimeSpan> Rpo { get; }
    public Key<TimeSpan> Rto { get; }
    public SectionShape Shape { get; }
}

/// <summary><c>stores.NAME.timing:</c></summary>
internal static class TimingKeys
{
    public static readonly Key<TimeSpan> Heartbeat = Row("heartbeat", Defaults.Timing.Heartbeat,
    "How often agents tell each other that they live. At least `20ms`.");
    public static readonly Key<TimeSpan> SuspectAfter = Row(
        "suspect-after", Defaults.Timing.SuspectAfter,
        "Silence from both directions that makes a primary suspect. At least three heartbeats.");
    public static readonly Key<TimeSpan> CandidateLostAfter = Row(
        "candidate-lost-after", Defaults.Timing.CandidateLostAfter,
        "How long a candidate may be away before the primary does without it. At least `suspect-after`.");
    public static readonly Key<TimeSpan> Lease = Row(
        "lease", Defaults.Timing.Lease,
        "Lease of every agent's presence, and of a primary that may lose data. Whole seconds, at least `2s`.");
    public static readonly Key<TimeSpan> StaleReadLimit = Row(
        "stale-read-limit", Defaults.Timing.StaleReadLimit,
        "How long a primary whose commits stall goes on serving reads without coordination.");
    public static readonly Key<TimeSpan> HandOver = Row(
        "hand-over", Defaults.Timing.HandOver,
        "How long a primary whose server died waits for a candidate to take over before it restarts in place.");
    public static readonly Key<TimeSpan> SiteLease = Row(
        "site-lease", Defaults.Timing.SiteLease,
        "With `isolation: fence`: how long the active site may write without word from the global majority. Whole seconds, at least `2s`.");
    public static readonly Key<TimeSpan> Switchover = Row(
        "switchover", Defaults.Timing.Switchover, "Limit of a planned switchover, from the first step to the hand-over.");

    public static readonly SectionShape Shape = new(
        "stores.NAME.timing", Heartbeat, SuspectAfter, CandidateLostAfter, Lease, StaleReadLimit, HandOver, SiteLease,
        Switchover);

    private static Key<TimeSpan> Row(string name, TimeSpan value, string meaning) => new(name, DurationShape.Instance, meaning)
    { Default = value };
}
