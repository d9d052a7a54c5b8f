using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning;

/// <summary>One number of a plan, with its source.</summary>
/// <param name="Of">What it belongs to: <c>link fra-ber</c>, <c>store orders</c>, <c>times</c>.</param>
/// <param name="Number">
/// In its plain unit: seconds, bytes, bytes a second, kilometres, amounts of money, shares, times a year; 0 and 1 for no and yes; of a choice its place
/// among the choices, of a list its length.
/// </param>
public sealed record FactRow(string Of, string Name, string Text, double Number, FactSource Source, string Origin);

/// <summary>All numbers that a plan was made from.</summary>
public static class FactTable
{
    public static IEnumerable<FactRow> Of(PlanFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        var places = facts.Sites.Select(site => Region(facts, site));
        var links = facts.Links.SelectMany(link => Link(link, facts.Currency));
        return [.. places, .. links, .. facts.Stores.SelectMany(store => Store(store, facts.Currency)), .. Common(facts), .. Around(facts.Decisions)];
    }

    private static FactRow Region(PlanFacts facts, PlanSite site) => new(
        $"site {site.Name}", "region", site.RegionSource == FactSource.Assumed ? "its own" : site.Region,
        facts.Sites.Select(other => other.Region).Distinct().ToList().IndexOf(site.Region), site.RegionSource, site.RegionOrigin);

    private static IEnumerable<FactRow> Link(LinkFacts link, string currency)
    {
        var of = $"link {link.Name}";
        if (link.Route is { } route)
        {
            yield return new FactRow(of, "route", QuantityText.Of(route.Value), route.Value.Kilometres, route.Source, route.Origin);
        }

        yield return Time(of, "round trip", link.RoundTrip);
        yield return Rate(of, "bandwidth", link.Line);
        yield return Bytes(of, "window", link.Window);
        yield return Share(of, "packet loss", link.Loss);
        yield return Price(of, "price a month", link.Price, currency);
        yield return Time(of, "outage to bridge", link.Outage);
    }

    private static IEnumerable<FactRow> Store(StoreFacts store, string currency)
    {
        var of = $"store {store.Name}";
        yield return Bytes(of, "size", store.Size);
        yield return Rate(of, "log", store.Log);
        yield return Rate(of, "log at its peak", store.PeakLog);
        yield return Time(of, "peak", store.Peak);
        yield return Number(of, "commits a second", store.Commits);
        yield return Number(of, "connections", store.Connections);
        yield return Time(of, "commit budget", store.CommitBudget);
        yield return Time(of, "flush", store.Flush);
        yield return Time(of, "work of a commit", store.Work);
        yield return Time(of, "handover", store.Handover);
        yield return Time(of, "round trip in the site", store.SiteRoundTrip);
        yield return Rate(of, "replay", store.Replay);
        yield return Rate(of, "restore", store.Restore);
        yield return Time(of, "promote", store.Promote);
        yield return Price(of, "damage an hour", store.Damage, currency);
        yield return Time(of, "suspicion", store.Suspicion);
        yield return Time(of, "lease", store.Lease);
        yield return Time(of, "site lease", store.SiteLease);
        yield return Time(of, "ledger", store.Ledger);
        yield return Bytes(of, "queue", store.Queue);
        yield return YesNo(of, "automatic site failover", store.AutomaticSiteFailover);
        yield return YesNo(of, "enforced rpo", store.EnforceRpo);
        yield return YesNo(of, "stops when the queue is full", store.StopsWhenFull);
        yield return YesNo(of, "goes on alone", store.GoesOnAlone);
        yield return YesNo(of, "backed up", store.HasBackup);
        if (store.Backup is { } own)
        {
            foreach (var row in Backup($"{of}, backup", own))
            {
                yield return row;
            }
        }
    }

    private static IEnumerable<FactRow> Common(PlanFacts facts)
    {
        var (times, backup, prices) = (facts.Times, facts.Backup, facts.Prices);
        yield return Time("times", "write to coordination", times.CoordinationWrite);
        yield return Time("times", "operator", times.Operator);
        yield return Time("times", "provision", times.Provision);
        yield return Time("times", "redirect", times.Redirect);
        yield return Time("times", "fence", times.Fence);
        yield return Time("times", "verify", times.Verify);
        yield return Time("times", "repair", times.Repair);
        yield return Time("times", "rebuild", times.Rebuild);
        foreach (var row in Backup("backup", backup))
        {
            yield return row;
        }

        yield return Price("prices", "host a month", prices.Host, facts.Currency);
        yield return Price("prices", "disk, GB a month", prices.Disk, facts.Currency);
        yield return Price("prices", "repository, GB a month", prices.Repository, facts.Currency);
        yield return Price("prices", "egress, GB", prices.Egress, facts.Currency);
        yield return Price("prices", "drill", prices.Drill, facts.Currency);
        yield return Yearly("prices", "drills a year", prices.Drills);
        foreach (var (failure, rate) in facts.Failures.OrderBy(pair => pair.Key))
        {
            yield return Yearly("failures a year", PatternWords.Of(failure), rate);
        }

        yield return Share("failures a year", "common cause", facts.CommonCause);
    }

    private static IEnumerable<FactRow> Backup(string of, BackupFacts backup) =>
    [
        Time(of, "interval", backup.Interval), Time(of, "archive timeout", backup.ArchiveTimeout), Time(of, "retention", backup.Retention),
        Share(of, "share of the size", backup.Share), YesNo(of, "off site", backup.OffSite), YesNo(of, "off region", backup.OffRegion),
    ];

    private static IEnumerable<FactRow> Around(DecisionFacts facts) =>
    [
        .. facts.Kubernetes is { } cluster ? DecisionFactRows.Kubernetes.Select(fact => fact.Row("kubernetes", cluster)) : [],
        .. facts.Cloud is { } cloud ? DecisionFactRows.Cloud.Select(fact => fact.Row("cloud", cloud)) : [],
        .. facts.Storage is { } storage ? DecisionFactRows.Storage.Select(fact => fact.Row("storage", storage)) : [],
    ];

    private static FactRow Time(string of, string name, Fact<TimeSpan> fact) =>
        new(of, name, QuantityText.Of(fact.Value), fact.Value.TotalSeconds, fact.Source, fact.Origin);

    private static FactRow Bytes(string of, string name, Fact<ByteCount> fact) =>
        new(of, name, QuantityText.Of(fact.Value), fact.Value.Bytes, fact.Source, fact.Origin);

    private static FactRow Rate(string of, string name, Fact<ByteRate> fact) =>
        new(of, name, QuantityText.Of(fact.Value), fact.Value.BytesPerSecond, fact.Source, fact.Origin);

    private static FactRow Share(string of, string name, Fact<Probability> fact) =>
        new(of, name, QuantityText.Percent(fact.Value.Value), fact.Value.Value, fact.Source, fact.Origin);

    private static FactRow Number(string of, string name, Fact<double> fact) =>
        new(of, name, QuantityText.Digits(fact.Value), fact.Value, fact.Source, fact.Origin);

    private static FactRow Yearly(string of, string name, Fact<YearlyRate> fact) =>
        new(of, name, QuantityText.Digits(fact.Value.TimesAYear), fact.Value.TimesAYear, fact.Source, fact.Origin);

    private static FactRow Price(string of, string name, Fact<Money> fact, string currency) =>
        new(of, name, $"{currency} {QuantityText.Digits(fact.Value.Amount)}".TrimStart(), fact.Value.Amount, fact.Source, fact.Origin);

    private static FactRow YesNo(string of, string name, Fact<bool> fact) =>
        new(of, name, fact.Value ? "yes" : "no", fact.Value ? 1 : 0, fact.Source, fact.Origin);
}
