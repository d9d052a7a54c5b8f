using System.Collections.Immutable;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Planning.Facts;

namespace Holdfast.Configuration.Schema;

// Facts for 'holdfast plan' only: nothing that runs depends on them. Their defaults, with the reasons, are those of Core/Planning/Facts.

/// <summary><c>planning:</c></summary>
internal static class PlanningKeys
{
    public static readonly Key<string> Currency = new("currency", new TextShape("EUR"), "How amounts of money are written.") { Default = "EUR" };

    public static readonly Key<ImmutableArray<Entry<Section>>> Links = new(
        "links", new MapShape<Section>("link", NameForm.Name, PlanLinkKeys.Shape, minimum: 0), "What lies between the sites.");

    public static readonly Key<ImmutableArray<Entry<Section>>> Stores = new(
        "stores", new MapShape<Section>("store", NameForm.Name, PlanStoreKeys.Shape, minimum: 0),
        "What the stores are used for; also stores that do not run here, or not yet: these need `class` and `objectives`.");

    public static readonly Key<Section> Times = new("times", PlanTimesKeys.Shape, "How long people and machines take.");
    public static readonly Key<Section> Backup = new("backup", PlanBackupKeys.Shape, "Backups and the archive of logs.");
    public static readonly Key<Section> Prices = new("prices", PlanPricesKeys.Shape, "What things cost.");
    public static readonly Key<Section> Failures = new("failures", PlanFailuresKeys.Shape, "How often things fail, in times a year.");

    public static readonly Key<Section> Kubernetes = new(
        "kubernetes", PlanKubernetesKeys.Shape, "Facts for the question how a Kubernetes cluster is backed up. Not given: it is not asked.");
    public static readonly Key<Section> Cloud = new(
        "cloud", PlanCloudKeys.Shape, "Facts for the question how many clouds. Not given: it is not asked.");
    public static readonly Key<Section> Storage = new(
        "storage", PlanStorageKeys.Shape, "Facts for the question on which disks the relational stores are. Not given: it is not asked.");

    public static readonly SectionShape Shape = new(
        "planning", Currency, Links, Stores, Times, Backup, Prices, Failures, Kubernetes, Cloud, Storage);

    internal static Key<TimeSpan> Time(string name, Fact<TimeSpan> value, string meaning) =>
        new(name, PlannedTimeShape.Instance, meaning) { Default = value.Value };

    internal static Key<TimeSpan> Latency(string name, Fact<TimeSpan> value, string meaning) =>
        new(name, LatencyShape.Instance, meaning) { Default = value.Value };

    internal static Key<double> Number(string name, double value, string meaning, double largest = 1e12) =>
        new(name, new NumberShape(largest, value.ToString(System.Globalization.CultureInfo.InvariantCulture)), meaning) { Default = value };

    internal static Key<long> Bytes(string name, double value, string meaning) =>
        new(name, ByteSizeShape.Instance, meaning) { Default = (long)value };
}

/// <summary><c>planning.links.NAME:</c></summary>
internal static class PlanLinkKeys
{
    public static readonly Key<ImmutableArray<Located<string>>> Between = new(
        "between", new ListShape<string>("sites", new NameShape("site"), minimum: 2), "The two sites.")
    { IsRequired = true, Example = "[fra, ber]" };

    public static readonly Key<Core.Planning.Quantities.RouteLength> Route = new(
        "route", RouteShape.Instance, "How far the fibre goes. Gives the round trip where that is not given.")
    { DefaultInWords = "not known", Example = "550km" };

    public static readonly Key<TimeSpan> RoundTrip = new(
        "round-trip", LatencyShape.Instance, "There and back, as `ping` says. This or `route` is needed.")
    { DefaultInWords = "from `route`, with 200us for the equipment", Example = "6ms" };

    public static readonly Key<long> Bandwidth = PlanningKeys.Bytes(
        "bandwidth", PlanDefaults.Line.Value.BytesPerSecond, "What the line carries in a second, headers and all.");

    public static readonly Key<long> Window = PlanningKeys.Bytes(
        "window", PlanDefaults.Window.Value.Bytes, "How much of one connection may be on its way: the receiver's TCP window.");

    public static readonly Key<double> Loss = PlanningKeys.Number("loss", 0, "Share of the packets that do not arrive.", largest: 1);
    public static readonly Key<double> Price = PlanningKeys.Number("price", PlanDefaults.LinePrice.Value.Amount, "Of the line, for a month.");
    public static readonly Key<TimeSpan> Outage = PlanningKeys.Time(
        "outage", PlanDefaults.Outage, "How long an outage of it must be bridged without a new copy at the other side.");

    public static readonly SectionShape Shape = new("planning.links.NAME", Between, Route, RoundTrip, Bandwidth, Window, Loss, Price, Outage);
}

/// <summary><c>planning.times:</c></summary>
internal static class PlanTimesKeys
{
    private static readonly TimeFacts Usual = PlanDefaults.Times;

    public static readonly Key<TimeSpan> CoordinationWrite = PlanningKeys.Latency(
        "coordination-write", Usual.CoordinationWrite, "One write to coordination, flush and round trip.");
    public static readonly Key<TimeSpan> Operator = PlanningKeys.Time(
        "operator", Usual.Operator, "Until somebody has been woken, has looked, and has decided.");
    public static readonly Key<TimeSpan> Provision = PlanningKeys.Time("provision", Usual.Provision, "Until new hosts are there where none were.");
    public static readonly Key<TimeSpan> Redirect = PlanningKeys.Latency("redirect", Usual.Redirect, "Until clients have found a new primary.");
    public static readonly Key<TimeSpan> Fence = PlanningKeys.Time(
        "fence", Usual.Fence, "Until somebody has made sure that a site that nobody hears has stopped. Counts with `isolation: continue`.");
    public static readonly Key<TimeSpan> Verify = PlanningKeys.Time(
        "verify", Usual.Verify, "Until somebody has looked at what a backup, or another copy, brought back, before clients are let in.");
    public static readonly Key<TimeSpan> Repair = PlanningKeys.Time("repair", Usual.Repair, "Until a lost member is whole again.");
    public static readonly Key<TimeSpan> Rebuild = PlanningKeys.Time("rebuild", Usual.Rebuild, "Until what nothing covers is made anew by hand.");

    public static readonly SectionShape Shape = new("planning.times", CoordinationWrite, Operator, Provision, Redirect, Fence, Verify, Repair, Rebuild);
}

/// <summary><c>planning.backup:</c></summary>
internal static class PlanBackupKeys
{
    private static readonly BackupFacts Usual = PlanDefaults.Backup;

    public static readonly Key<TimeSpan> Interval = PlanningKeys.Time("interval", Usual.Interval, "Between two backups.");
    public static readonly Key<TimeSpan> ArchiveTimeout = PlanningKeys.Time(
        "archive-timeout", Usual.ArchiveTimeout, "The longest that a piece of log waits before it is archived.");
    public static readonly Key<TimeSpan> Retention = PlanningKeys.Time("retention", Usual.Retention, "How long backups and log are kept.");
    public static readonly Key<double> Share = PlanningKeys.Number(
        "share", Usual.Share.Value.Value, "What one backup takes of the store's size, compressed and on average.", largest: 1);
    public static readonly Key<bool> OffSite = new("off-site", BooleanShape.Instance, "The repository outlives the loss of a site.") { Default = false };
    public static readonly Key<bool> OffRegion = new("off-region", BooleanShape.Instance, "The repository outlives the loss of a region.") { Default = false };

    public static readonly SectionShape Shape = new("planning.backup", Interval, ArchiveTimeout, Retention, Share, OffSite, OffRegion);
}

/// <summary><c>planning.prices:</c></summary>
internal static class PlanPricesKeys
{
    private static readonly PriceFacts Usual = PlanDefaults.Prices;

    public static readonly Key<double> Host = PlanningKeys.Number("host", Usual.Host.Value.Amount, "A host with what runs on it, for a month.");
    public static readonly Key<double> Disk = PlanningKeys.Number("disk", Usual.Disk.Value.Amount, "A gigabyte of a member's disk, for a month.");
    public static readonly Key<double> Repository = PlanningKeys.Number(
        "repository", Usual.Repository.Value.Amount, "A gigabyte of a backup repository, for a month.");
    public static readonly Key<double> Egress = PlanningKeys.Number("egress", Usual.Egress.Value.Amount, "A gigabyte from one site to another.");
    public static readonly Key<double> Drill = PlanningKeys.Number("drill", Usual.Drill.Value.Amount, "One drill.");
    public static readonly Key<double> Drills = PlanningKeys.Number("drills", Usual.Drills.Value.TimesAYear, "How many drills there are in a year.");

    public static readonly SectionShape Shape = new("planning.prices", Host, Disk, Repository, Egress, Drill, Drills);
}

/// <summary><c>planning.failures:</c></summary>
internal static class PlanFailuresKeys
{
    public static readonly Key<double> CommonCause = PlanningKeys.Number(
        "common-cause", PlanDefaults.CommonCause.Value.Value, "Share of the failures of hosts that strikes all hosts of a site at once.", largest: 1);

    public static readonly ImmutableArray<(FailureKind Failure, Key<double> Key)> Rates =
    [
        Row(FailureKind.Process, "process", "A server process ends, for each member."),
        Row(FailureKind.Host, "host", "A host fails, for each host."),
        Row(FailureKind.Site, "site", "A whole site."),
        Row(FailureKind.Link, "link", "The link between sites."),
        Row(FailureKind.Region, "region", "All sites of a region."),
        Row(FailureKind.OperatorError, "operator-error", "Somebody drops a table, or a release writes nonsense, and a restore is needed."),
        Row(FailureKind.Corruption, "corruption", "A disk returns what was never written, for each store."),
    ];

    public static readonly SectionShape Shape = new("planning.failures", [.. Rates.Select(row => row.Key), CommonCause]);

    private static (FailureKind Failure, Key<double> Key) Row(FailureKind failure, string name, string meaning) =>
        (failure, PlanningKeys.Number(name, PlanDefaults.Failures[failure].Value.TimesAYear, meaning, largest: 1e6));
}
