using System.Collections.Immutable;
using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Planning;

/// <summary>Makes the facts for planning from sections in which no error was found, each with its source.</summary>
internal static class PlanBuilder
{
    /// <param name="system">What runs. Null: nothing does yet.</param>
    public static PlanFacts Build(Section root, SystemSpec? system)
    {
        var planning = root.Sub(SystemKeys.Planning);
        var sites = root.All(SystemKeys.Sites)
            .Select(site => site.Value.TryGet(SiteKeys.Region, out var region)
                ? new PlanSite(site.Name, region, site.Value.Get(SiteKeys.Witness))
                : PlanSite.OfItsOwn(site.Name, site.Value.Get(SiteKeys.Witness)))
            .ToImmutableArray();
        var declared = planning.All(PlanningKeys.Stores);
        var running = root.All(SystemKeys.Stores);
        var stores = (system?.Stores.Values ?? []).OrderBy(store => store.Name, StringComparer.Ordinal)
            .Select(store => PlanStoreBuilder.Running(
                store, running.First(entry => entry.Name == store.Name).Value,
                declared.FirstOrDefault(entry => entry.Name == store.Name)?.Value ?? new Section(planning.Place.Child("stores", planning.Place.Mark)),
                planning.Sub(PlanningKeys.Backup)));
        var planned = declared.Where(entry => system?.Stores.ContainsKey(entry.Name) != true).Select(PlanStoreBuilder.Planned);
        ImmutableArray<StoreFacts> all = [.. stores, .. planned];
        var backup = Backup(planning.Sub(PlanningKeys.Backup));
        return new PlanFacts
        {
            System = root.Require(SystemKeys.System),
            Currency = planning.Get(PlanningKeys.Currency)!,
            Sites = sites,
            Links = WithAssumed([.. planning.All(PlanningKeys.Links).Select(Link)], [.. sites.Where(site => !site.Witness)]),
            Stores = all,
            Times = Times(planning.Sub(PlanningKeys.Times)),
            Backup = backup,
            Prices = Prices(planning.Sub(PlanningKeys.Prices)),
            Failures = PlanFailuresKeys.Rates.ToImmutableDictionary(
                row => row.Failure,
                row => FactReader.Of(planning.Sub(PlanningKeys.Failures), row.Key, rate => new YearlyRate(rate), PlanDefaults.Failures[row.Failure])),
            CommonCause = FactReader.Of(
                planning.Sub(PlanningKeys.Failures), PlanFailuresKeys.CommonCause, share => new Probability(share), PlanDefaults.CommonCause),
            Decisions = DecisionFactBuilder.Build(planning, all, backup),
        };
    }

    /// <summary>Sites that have data are linked, whether somebody said how or not.</summary>
    private static ImmutableArray<LinkFacts> WithAssumed(ImmutableArray<LinkFacts> declared, ImmutableArray<PlanSite> sites)
    {
        var pairs = from one in sites.Select((site, at) => (site.Name, at)) from other in sites.Skip(one.at + 1) select (From: one.Name, To: other.Name);
        var missing = pairs.Where(pair => !declared.Any(link => link.Joins(pair.From, pair.To)));
        return [.. declared, .. missing.Select(pair => PlanDefaults.Link(pair.From, pair.To))];
    }

    private static LinkFacts Link(Entry<Section> link)
    {
        var section = link.Value;
        var ends = section.All(PlanLinkKeys.Between);
        var route = section.TryGet(PlanLinkKeys.Route, out var length) ? Fact.Declared(length, section.PlaceOf(PlanLinkKeys.Route).Path) : null;
        return new LinkFacts
        {
            From = ends[0].Value,
            To = ends[1].Value,
            Route = route,
            RoundTrip = section.TryGet(PlanLinkKeys.RoundTrip, out var roundTrip)
                ? Fact.Declared(roundTrip, section.PlaceOf(PlanLinkKeys.RoundTrip).Path)
                : route!.Derive(
                    value => Propagation.RoundTrip(value, PlanDefaults.Equipment), $"from {route.Origin}: 4.9 µs a kilometre each way, and 200 µs"),
            Line = FactReader.Of(section, PlanLinkKeys.Bandwidth, bytes => new ByteRate(bytes), PlanDefaults.Line),
            Window = FactReader.Of(section, PlanLinkKeys.Window, bytes => new ByteCount(bytes), PlanDefaults.Window),
            Loss = FactReader.Of(section, PlanLinkKeys.Loss, share => new Probability(share), PlanDefaults.Loss),
            Price = FactReader.Of(section, PlanLinkKeys.Price, amount => new Money(amount), PlanDefaults.LinePrice),
            Outage = FactReader.Of(section, PlanLinkKeys.Outage, PlanDefaults.Outage),
        };
    }

    private static TimeFacts Times(Section section)
    {
        var usual = PlanDefaults.Times;
        return new TimeFacts
        {
            CoordinationWrite = FactReader.Of(section, PlanTimesKeys.CoordinationWrite, usual.CoordinationWrite),
            Operator = FactReader.Of(section, PlanTimesKeys.Operator, usual.Operator),
            Provision = FactReader.Of(section, PlanTimesKeys.Provision, usual.Provision),
            Redirect = FactReader.Of(section, PlanTimesKeys.Redirect, usual.Redirect),
            Fence = FactReader.Of(section, PlanTimesKeys.Fence, usual.Fence),
            Verify = FactReader.Of(section, PlanTimesKeys.Verify, usual.Verify),
            Repair = FactReader.Of(section, PlanTimesKeys.Repair, usual.Repair),
            Rebuild = FactReader.Of(section, PlanTimesKeys.Rebuild, usual.Rebuild),
        };
    }

    /// <param name="section">The section <c>planning.backup</c>.</param>
    /// <param name="known">What holds where it says nothing. Null: the defaults.</param>
    internal static BackupFacts Backup(Section section, BackupFacts? known = null)
    {
        var usual = known ?? PlanDefaults.Backup;
        return new BackupFacts
        {
            Interval = FactReader.Of(section, PlanBackupKeys.Interval, usual.Interval),
            ArchiveTimeout = FactReader.Of(section, PlanBackupKeys.ArchiveTimeout, usual.ArchiveTimeout),
            Retention = FactReader.Of(section, PlanBackupKeys.Retention, usual.Retention),
            Share = FactReader.Of(section, PlanBackupKeys.Share, share => new Probability(share), usual.Share),
            OffSite = FactReader.Of(section, PlanBackupKeys.OffSite, usual.OffSite),
            OffRegion = FactReader.Of(section, PlanBackupKeys.OffRegion, usual.OffRegion),
        };
    }

    private static PriceFacts Prices(Section section)
    {
        var usual = PlanDefaults.Prices;
        return new PriceFacts
        {
            Host = FactReader.Of(section, PlanPricesKeys.Host, amount => new Money(amount), usual.Host),
            Disk = FactReader.Of(section, PlanPricesKeys.Disk, amount => new Money(amount), usual.Disk),
            Repository = FactReader.Of(section, PlanPricesKeys.Repository, amount => new Money(amount), usual.Repository),
            Egress = FactReader.Of(section, PlanPricesKeys.Egress, amount => new Money(amount), usual.Egress),
            Drill = FactReader.Of(section, PlanPricesKeys.Drill, amount => new Money(amount), usual.Drill),
            Drills = FactReader.Of(section, PlanPricesKeys.Drills, times => new YearlyRate(times), usual.Drills),
        };
    }
}

/// <summary>Reads a key as a fact: declared where the user wrote it, else assumed.</summary>
internal static class FactReader
{
    public static Fact<T> Of<T>(Section section, Key<T> key, Fact<T> usual)
        where T : notnull => Of(section, key, value => value, usual);

    public static Fact<T> Of<TRead, T>(Section section, Key<TRead> key, Func<TRead, T> convert, Fact<T> usual)
        where TRead : notnull
        where T : notnull => section.TryGet(key, out var value) ? Fact.Declared(convert(value), section.PlaceOf(key).Path) : usual;
}
