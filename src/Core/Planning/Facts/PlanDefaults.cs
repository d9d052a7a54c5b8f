using System.Collections.Immutable;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Planning.Facts;

/// <summary>
/// What holds where nobody said. Each has its reason; docs/PLANNING.md lists them. Of failures only the order of magnitude can be assumed: whoever
/// has figures of their own declares them.
/// </summary>
public static class PlanDefaults
{
    public static readonly Fact<ByteCount> Window = Fact.Assumed(
        new ByteCount(3 * 1024 * 1024), "half of Linux' net.ipv4.tcp_rmem of 6 MiB: the other half is overhead");
    public static readonly Fact<Probability> Loss = Fact.Assumed(Probability.Never, "a leased line without loss");
    public static readonly Fact<ByteRate> Line = Fact.Assumed(ByteRate.OfMegabits(1000), "an ordinary line of 1 Gbit/s");
    public static readonly Fact<TimeSpan> Outage = Fact.Assumed(TimeSpan.FromHours(24), "a cut cable that is mended within a day");
    public static readonly Fact<Money> LinePrice = Fact.Assumed(new Money(1500), "a month of a leased line of 1 Gbit/s");

    /// <summary>Of the equipment at both ends, where the round trip is computed from the route.</summary>
    public static readonly TimeSpan Equipment = TimeSpan.FromMicroseconds(200);

    public static readonly Fact<TimeSpan> RoundTrip = Fact.Assumed(TimeSpan.FromMilliseconds(10), "a thousand kilometres of fibre; declare planning.links");

    /// <summary>A third place where there is none: thirty kilometres of fibre away, or half as far as the other site.</summary>
    public static LinkFacts NearLink(string from, string to, TimeSpan other)
    {
        var town = Propagation.RoundTrip(new RouteLength(30), Equipment);
        return Link(from, to) with
        {
            RoundTrip = Fact.Assumed(
                QuantityText.RoundedDown(town < other ? town : other / 2), "thirty kilometres of fibre, or half as far as the other site"),
        };
    }

    /// <summary>A link of which nothing is known.</summary>
    public static LinkFacts Link(string from, string to) => new()
    {
        From = from,
        To = to,
        RoundTrip = RoundTrip,
        Line = Line,
        Window = Window,
        Loss = Loss,
        Price = LinePrice,
        Outage = Outage,
    };

    public static readonly TimeFacts Times = new()
    {
        CoordinationWrite = Fact.Assumed(TimeSpan.FromMilliseconds(10), "etcd on disks of its own; its own guidance is a p99 below 10 ms for a flush"),
        Operator = Fact.Assumed(TimeSpan.FromMinutes(15), "called at night, logged in, looked"),
        Provision = Fact.Assumed(TimeSpan.FromMinutes(20), "prepared images and a free quota"),
        Redirect = Fact.Assumed(TimeSpan.FromMilliseconds(60), "measured by bench/failover: a client that tries again at once"),
        Fence = Fact.Assumed(TimeSpan.FromMinutes(10), "power or network of the other site is cut, and somebody says so"),
        Verify = Fact.Assumed(TimeSpan.FromMinutes(5), "somebody looks whether the data are right before clients are let in"),
        Repair = Fact.Assumed(TimeSpan.FromHours(8), "a new host, and a new copy"),
        Rebuild = Fact.Assumed(TimeSpan.FromDays(30), "what nothing covers is made anew by hand"),
    };

    public static readonly BackupFacts Backup = new()
    {
        Interval = Fact.Assumed(TimeSpan.FromHours(24), "every night"),
        ArchiveTimeout = Fact.Assumed(TimeSpan.FromSeconds(60), "archive_timeout of a minute"),
        Retention = Fact.Assumed(TimeSpan.FromDays(14), "two weeks"),
        Share = Fact.Assumed(new Probability(0.2), "a full backup a week and what changed on the days between, compressed to a half"),
        OffSite = Fact.Assumed(false, "nobody said that the repository is elsewhere"),
        OffRegion = Fact.Assumed(false, "nobody said that the repository is in another region"),
    };

    public static readonly PriceFacts Prices = new()
    {
        Host = Fact.Assumed(new Money(350), "8 processors and 32 GB, of one's own over five years, or rented"),
        Disk = Fact.Assumed(new Money(0.10), "flash storage"),
        Repository = Fact.Assumed(new Money(0.02), "object storage"),
        Egress = Fact.Assumed(Money.Zero, "a leased line counts no bytes; a cloud does, declare it"),
        Drill = Fact.Assumed(new Money(800), "a day of one person"),
        Drills = Fact.Assumed(new YearlyRate(4), "one each quarter"),
    };

    public static readonly ImmutableDictionary<FailureKind, Fact<YearlyRate>> Failures = new Dictionary<FailureKind, Fact<YearlyRate>>
    {
        [FailureKind.Process] = Fact.Assumed(new YearlyRate(2), "two a year and member: memory, a bug, an upgrade gone wrong"),
        [FailureKind.Host] = Fact.Assumed(new YearlyRate(0.5), "one in two years and host"),
        [FailureKind.Site] = Fact.Assumed(new YearlyRate(0.1), "one in ten years"),
        [FailureKind.Link] = Fact.Assumed(new YearlyRate(4), "four a year, most of them short"),
        [FailureKind.Region] = Fact.Assumed(new YearlyRate(0.01), "one in a hundred years"),
        [FailureKind.OperatorError] = Fact.Assumed(new YearlyRate(0.5), "one in two years that needs a restore"),
        [FailureKind.Corruption] = Fact.Assumed(new YearlyRate(0.05), "one in twenty years and store"),
    }.ToImmutableDictionary();

    public static readonly Fact<Probability> CommonCause = Fact.Assumed(
        new Probability(0.02), "IEC 61508-6, Annex D: 0.005 to 0.05 for electronics; hosts in racks and on circuits of their own, with one software");

    public static readonly Fact<TimeSpan> CommitBudget = Fact.Assumed(TimeSpan.FromMilliseconds(10), "what applications that commit often do not notice");
    public static readonly Fact<TimeSpan> Flush = Fact.Assumed(TimeSpan.FromMilliseconds(1), "flash storage with a write cache that survives a power cut");
    public static readonly Fact<TimeSpan> Work = Fact.Assumed(
        TimeSpan.FromMicroseconds(100), "a process is woken, receives, executes and sends: bench/plan measured 30 to 500 µs, the more the longer it rested");
    public static readonly Fact<TimeSpan> Handover = Fact.Assumed(
        TimeSpan.FromMicroseconds(50), "two processes are woken: bench/plan measured some 10 µs on an idle host");
    public static readonly Fact<TimeSpan> SiteRoundTrip = Fact.Assumed(TimeSpan.FromMicroseconds(300), "one switch between racks");
    public static readonly Fact<ByteRate> Replay = Fact.Assumed(new ByteRate(50e6), "one process replays; 50 MB/s with warm pages");
    public static readonly Fact<ByteRate> Restore = Fact.Assumed(new ByteRate(150e6), "four processes, from object storage to flash");
    public static readonly Fact<Money> Damage = Fact.Assumed(new Money(1000), "declare it: it decides what availability is worth");
    public static readonly Fact<ByteCount> Size = Fact.Assumed(new ByteCount(100e9), "a middling database: declare it, it decides how long a restore takes");
    public static readonly Fact<ByteRate> Log = Fact.Assumed(new ByteRate(1e6), "some 86 GB a day, a middling database: declare it");
    public static readonly Fact<TimeSpan> Peak = Fact.Assumed(TimeSpan.FromMinutes(10), "a batch of ten minutes");
    public static readonly Fact<double> Commits = Fact.Assumed(100.0, "an application at work, not at its limit");
    public static readonly Fact<double> Connections = Fact.Assumed(20.0, "a pool of that size in front of the application");

    /// <summary>From the fence to the first transaction: by product.</summary>
    public static Fact<TimeSpan> Promote(StoreClass kind) => kind switch
    {
        StoreClass.Relational => Fact.Assumed(TimeSpan.FromMilliseconds(120), "measured by bench/failover: pg_promote and the first commit"),
        StoreClass.Cache => Fact.Assumed(TimeSpan.FromMilliseconds(50), "a command that changes a role"),
        StoreClass.Broker => Fact.Assumed(TimeSpan.FromSeconds(2), "an election of each quorum queue"),
        StoreClass.Secrets => Fact.Assumed(TimeSpan.FromSeconds(3), "an election, and the new leader loads its mounts"),
        StoreClass.NoSql => Fact.Assumed(TimeSpan.FromSeconds(5), "an election of the product's own"),
        _ => Fact.Assumed(TimeSpan.FromSeconds(2), "an election of etcd, and the control plane connects anew"),
    };

    public static readonly Fact<TimeSpan> Suspicion = Fact.Assumed(
        TimeSpan.FromMilliseconds(600), "timing.suspect-after and a heartbeat, as they are unless told otherwise");
    public static readonly Fact<TimeSpan> Lease = Fact.Assumed(TimeSpan.FromSeconds(5), "timing.lease unless told otherwise");
    public static readonly Fact<TimeSpan> SiteLease = Fact.Assumed(TimeSpan.FromSeconds(4), "timing.site-lease unless told otherwise");
    public static readonly Fact<TimeSpan> Ledger = Fact.Assumed(TimeSpan.FromMilliseconds(250), "site-link.heartbeat unless told otherwise");
    public static readonly Fact<ByteCount> Queue = Fact.Assumed(new ByteCount(16L << 30), "site-link.queue-bound unless told otherwise");

    public static readonly Fact<bool> StopsWhenFull = Fact.Assumed(false, "site-link.queue-full unless told otherwise: the queue is given up");
    public static readonly Fact<bool> GoesOnAlone = Fact.Assumed(false, "isolation unless told otherwise: fence");
    public static readonly Fact<bool> HasBackup = Fact.Assumed(true, "the plan has backups; of a store that runs they must be declared");

    /// <summary>A store of which nothing is known but what it is.</summary>
    public static StoreFacts Store(string name, StoreClass kind) => new()
    {
        Name = name,
        Class = kind,
        Objectives = ImmutableDictionary<FailureKind, ObjectiveSpec>.Empty,
        Size = Size,
        Log = Log,
        PeakLog = PeakOf(Log),
        Peak = Peak,
        Commits = Commits,
        Connections = Connections,
        CommitBudget = CommitBudget,
        Flush = Flush,
        Work = Work,
        Handover = Handover,
        SiteRoundTrip = SiteRoundTrip,
        Replay = Replay,
        Restore = Restore,
        Promote = Promote(kind),
        Damage = Damage,
        Suspicion = Suspicion,
        Lease = Lease,
        SiteLease = SiteLease,
        Ledger = Ledger,
        Queue = Queue,
        AutomaticSiteFailover = Fact.Assumed(false, "not set"),
        EnforceRpo = Fact.Assumed(false, "not set"),
        StopsWhenFull = StopsWhenFull,
        GoesOnAlone = GoesOnAlone,
        HasBackup = HasBackup,
    };

    /// <summary>The peak, where only the average is known.</summary>
    public static Fact<ByteRate> PeakOf(Fact<ByteRate> log)
    {
        ArgumentNullException.ThrowIfNull(log);
        return log.Derive(rate => rate * PeakFactor, "three times the average");
    }

    /// <summary>A peak, where only the average is known.</summary>
    public const double PeakFactor = 3;
}
