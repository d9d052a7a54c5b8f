using System.Collections.Immutable;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Planning.Facts;

namespace Holdfast.Configuration.Schema;

/// <summary><c>planning.stores.NAME:</c></summary>
internal static class PlanStoreKeys
{
    public static readonly Key<StoreClass> Class = new(
        "class",
        new ChoiceShape<StoreClass>(
            ("relational", StoreClass.Relational), ("cache", StoreClass.Cache), ("broker", StoreClass.Broker), ("secrets", StoreClass.Secrets),
            ("nosql", StoreClass.NoSql), ("kubernetes", StoreClass.KubernetesState)),
        "What the store is, whatever product keeps it. For a store of the file it follows from its `kind`.")
    { DefaultInWords = "from `kind`" };

    public static readonly Key<string> ActiveSite = new("active-site", new NameShape("site"), "Where it is written.")
    { DefaultInWords = "`preferred-site`, or the first site that is no witness" };

    public static readonly Key<Section> Objectives = new(
        "objectives", PlanObjectivesKeys.Shape, "What is demanded for each kind of failure. A kind that is not named is only told.");

    public static readonly Key<long> Size = PlanningKeys.Bytes("size", PlanDefaults.Size.Value.Bytes, "Of the data on a member's disk.");
    public static readonly Key<long> Log = PlanningKeys.Bytes("log", PlanDefaults.Log.Value.BytesPerSecond, "Log written in a second, on average.");
    public static readonly Key<long> PeakLog = new("peak-log", ByteSizeShape.Instance, "Log written in a second in the busiest time.")
    { DefaultInWords = "three times `log`" };
    public static readonly Key<TimeSpan> Peak = PlanningKeys.Time("peak", PlanDefaults.Peak, "How long the busiest time lasts.");
    public static readonly Key<double> Commits = PlanningKeys.Number("commits", PlanDefaults.Commits.Value, "Commits a second.");
    public static readonly Key<double> Connections = PlanningKeys.Number(
        "connections", PlanDefaults.Connections.Value, "Connections that commit at the same time, each one after another.");
    public static readonly Key<TimeSpan> CommitBudget = PlanningKeys.Latency(
        "commit-budget", PlanDefaults.CommitBudget, "The longest that a commit may take.");
    public static readonly Key<TimeSpan> Flush = PlanningKeys.Latency("flush", PlanDefaults.Flush, "Until the disk has a record.");
    public static readonly Key<TimeSpan> Work = PlanningKeys.Latency("work", PlanDefaults.Work, "What the primary computes for one commit.");
    public static readonly Key<TimeSpan> Handover = PlanningKeys.Latency(
        "handover", PlanDefaults.Handover, "Until one process of a server has woken another and has been woken by it.");
    public static readonly Key<TimeSpan> SiteRoundTrip = PlanningKeys.Latency(
        "site-round-trip", PlanDefaults.SiteRoundTrip, "Between two members of one site, there and back.");
    public static readonly Key<long> Replay = PlanningKeys.Bytes("replay", PlanDefaults.Replay.Value.BytesPerSecond, "Log replayed in a second.");
    public static readonly Key<long> Restore = PlanningKeys.Bytes("restore", PlanDefaults.Restore.Value.BytesPerSecond, "Backup restored in a second.");
    public static readonly Key<TimeSpan> Promote = new("promote", LatencyShape.Instance, "From the fence to the first transaction of the new primary.")
    { DefaultInWords = "by class: docs/PLANNING.md" };
    public static readonly Key<double> Damage = PlanningKeys.Number(
        "damage", PlanDefaults.Damage.Value.Amount, "What an hour without it costs, or an hour of its work lost.");
    public static readonly Key<bool> SiteFailover = new(
        "automatic-site-failover", BooleanShape.Instance, "The other site may take over by itself. For a store of the file: its `site-failover`.")
    { Default = false };

    public static readonly SectionShape Shape = new(
        "planning.stores.NAME", Class, ActiveSite, Objectives, Size, Log, PeakLog, Peak, Commits, Connections, CommitBudget, Flush, Work, Handover,
        SiteRoundTrip, Replay, Restore, Promote, Damage, SiteFailover);
}

/// <summary><c>planning.stores.NAME.objectives:</c></summary>
internal static class PlanObjectivesKeys
{
    public static readonly ImmutableArray<(FailureKind Failure, Key<Section> Key)> Rows =
    [
        Row(FailureKind.Process, "process-loss", "When a server process ends. As `host-loss` where it is not given."),
        Row(FailureKind.Host, "host-loss", "When a host fails."),
        Row(FailureKind.Site, "site-loss", "When a whole site fails."),
        Row(FailureKind.Link, "link-loss", "When the sites do not hear each other."),
        Row(FailureKind.Region, "region-loss", "When all sites of a region fail."),
        Row(FailureKind.OperatorError, "operator-error", "When somebody drops a table."),
        Row(FailureKind.Corruption, "corruption", "When a disk returns what was never written."),
    ];

    public static readonly SectionShape Shape = new("planning.stores.NAME.objectives", [.. Rows.Select(row => row.Key)]);

    private static (FailureKind Failure, Key<Section> Key) Row(FailureKind failure, string name, string meaning) =>
        (failure, new Key<Section>(name, PlanObjectiveKeys.Shape, meaning));
}

/// <summary>One objective, both numbers of which must be said.</summary>
internal static class PlanObjectiveKeys
{
    public static readonly Key<TimeSpan> Rpo = new("rpo", DurationShape.Instance, "Recovery point objective: how much may be lost, in time.")
    { IsRequired = true, Example = "0s" };
    public static readonly Key<TimeSpan> Rto = new("rto", DurationShape.Instance, "Recovery time objective: how long the store may be down.")
    { IsRequired = true, Example = "60s" };
    public static readonly SectionShape Shape = new("planning.stores.NAME.objectives.KIND", Rpo, Rto);
}
