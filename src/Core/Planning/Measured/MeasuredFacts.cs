using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Measured;

/// <summary>
/// Puts what was measured in the place of what was declared or assumed. Where it contradicts what was declared, the number's source says so: one of the
/// two is wrong, or an hour is not like the other.
/// </summary>
public static class MeasuredFacts
{
    /// <summary>An average over less says nothing about a day.</summary>
    public static readonly TimeSpan ShortestAverage = TimeSpan.FromMinutes(5);

    private const double Noise = 0.25;

    public static PlanFacts With(this PlanFacts facts, Measurements seen)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(seen);
        return facts with
        {
            Links = [.. facts.Links.Select(link => seen.Links.FirstOrDefault(one => link.Joins(one.From, one.To)) is { } found ? Link(link, found) : link)],
            Stores = [.. facts.Stores.Select(store => seen.Of(store.Name) is { } found ? Store(store, found) : store)],
            Times = Deciding(facts.Times, [.. seen.Stores.SelectMany(store => store.Parts)]),
        };
    }

    /// <summary>Deciding is writes to coordination, and what is done between them: a share of it each, so that the sum is what was seen.</summary>
    private static TimeFacts Deciding(TimeFacts times, IReadOnlyCollection<ChangeParts> changes) =>
        Times.Of(changes.Select(change => change.Decide / RecoveryTime.DecidingWrites)) is { } write
            ? times with
            {
                CoordinationWrite = Measured(
                    times.CoordinationWrite, write.Median,
                    $"1/{RecoveryTime.DecidingWrites} of what deciding took in {Changes(write)}", QuantityText.Of),
            }
            : times;

    private static string Changes(Times seen) => seen.Samples == 1 ? "one change of primary" : $"{seen.Samples} changes of primary (median)";

    /// <summary>What does not fit together: what was declared and what was measured, and what could not be taken. Clauses for people.</summary>
    public static IEnumerable<string> Doubts(PlanFacts facts, Measurements seen)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(seen);
        var now = FactTable.Of(facts.With(seen)).Where(row => row.Source == FactSource.Measured).ToDictionary(row => (row.Of, row.Name));
        return
        [
            .. FactTable.Of(facts)
                .Where(row => row.Source == FactSource.Declared && now.TryGetValue((row.Of, row.Name), out var found) && IsElse(row.Number, found.Number))
                .Select(row => $"{row.Of}: {row.Name}: {now[(row.Of, row.Name)].Text} was measured, and {row.Origin} says {row.Text}"),
            .. facts.Links.SelectMany(link => seen.Links.Where(one => link.Joins(one.From, one.To)).SelectMany(one => Doubts(link, one))),
            .. seen.Stores.Where(store => store.Server is { } server && server.Since < ShortestAverage).Select(store =>
                $"store {store.Name}: log and commits were not taken: {store.Server!.Member} has counted for {QuantityText.Of(store.Server.Since)} only, "
                + $"less than {QuantityText.Of(ShortestAverage)}"),
        ];
    }

    private static IEnumerable<string> Doubts(LinkFacts link, MeasuredLink seen)
    {
        var carried = seen.Rate * (1 / LinkCapacity.TcpShare);
        if (link.Line.Source == FactSource.Declared && carried.BytesPerSecond > link.Line.Value.BytesPerSecond * (1 + Noise))
        {
            yield return $"link {link.Name}: bandwidth: {QuantityText.Of(carried)} was measured, more than {link.Line.Origin} says, "
                + $"{QuantityText.Of(link.Line.Value)}: that is what is planned with";
        }

        if (link.Route is { } route && seen.RoundTrip.Median < Propagation.RoundTrip(route.Value))
        {
            yield return $"link {link.Name}: round trip: {QuantityText.Of(seen.RoundTrip.Median)} was measured, and light takes "
                + $"{QuantityText.Of(Propagation.RoundTrip(route.Value))} for {QuantityText.Of(route.Value)} ({route.Origin}): the route is shorter, "
                + "or another was measured";
        }
    }

    /// <summary>Less than a quarter more or less is how things vary.</summary>
    private static bool IsElse(double declared, double measured) => measured > declared * (1 + Noise) || declared > measured * (1 + Noise);

    private static LinkFacts Link(LinkFacts link, MeasuredLink seen)
    {
        var roundTrip = Measured(link.RoundTrip, seen.RoundTrip.Median, $"{seen.By}, median of {seen.RoundTrip.Samples}", QuantityText.Of);
        var carried = seen.Rate * (1 / LinkCapacity.TcpShare);
        // What was ordered is a ceiling: more than that for two seconds is a burst, or another way, and nothing to plan with.
        var line = link.Line.Source == FactSource.Declared && carried > link.Line.Value
            ? link.Line with { Origin = $"{link.Line.Origin}; {seen.By} measured {QuantityText.Of(carried)}, which is more" }
            : Measured(link.Line, carried, $"{seen.By}, one connection, {QuantityText.Of(seen.Sent)} sent", QuantityText.Of);
        return link with
        {
            RoundTrip = roundTrip,
            Line = line,
            // One connection carried it, so that neither its window nor losses can be what somebody assumed, if they would not have let it pass.
            Window = link.Window.Source == FactSource.Assumed && LinkCapacity.ByWindow(link.Window.Value, roundTrip.Value) < seen.Rate
                ? Fact.Derived(LinkCapacity.WindowToFill(seen.Rate, roundTrip.Value), "what the connection that was measured must have had")
                : link.Window,
            Loss = link.Loss.Source == FactSource.Assumed && LinkCapacity.ByLoss(link.Loss.Value, roundTrip.Value) < seen.Rate
                ? Fact.Derived(Probability.Never, "the connection that was measured was not slowed down by any")
                : link.Loss,
        };
    }

    private static StoreFacts Store(StoreFacts store, MeasuredStore seen)
    {
        if (seen.Flushes.MaxBy(one => one.Took.Median) is { } slowest)
        {
            store = store with
            {
                Flush = Measured(
                    store.Flush, slowest.Took.Median,
                    $"{slowest.Member}, median of {slowest.Took.Samples}{(seen.Flushes.Length > 1 ? $", the slowest of {seen.Flushes.Length} members" : "")}",
                    QuantityText.Of),
            };
        }

        if (seen.InSite is { } way)
        {
            store = store with
            {
                SiteRoundTrip = Measured(store.SiteRoundTrip, way.RoundTrip.Median, $"{way.By}, median of {way.RoundTrip.Samples}", QuantityText.Of),
            };
        }

        if (Times.Of(seen.Parts.Select(change => change.Promote)) is { } promote)
        {
            store = store with { Promote = Measured(store.Promote, promote.Median, $"{Changes(promote)} in its history", QuantityText.Of) };
        }

        return seen.Server is { } server ? Store(store, server) : store;
    }

    private static StoreFacts Store(StoreFacts store, MeasuredServer server)
    {
        store = store with
        {
            Size = Measured(store.Size, server.Size, server.Member, QuantityText.Of),
            // Just now may be the night: fewer than were declared say nothing.
            Connections = server.Connections > store.Connections.Value || store.Connections.Source == FactSource.Assumed
                ? Measured(store.Connections, Math.Max(1, server.Connections), $"{server.Member}, sessions of clients just now", QuantityText.Digits)
                : store.Connections,
        };
        if (server.Since >= ShortestAverage)
        {
            var origin = $"{server.Member}, on average over {QuantityText.Of(server.Since)}";
            // What nobody writes just now will be written some day: nothing is planned for nothing.
            var log = server.Log.BytesPerSecond > 0 ? Measured(store.Log, server.Log, origin, QuantityText.Of) : store.Log;
            store = store with
            {
                Log = log,
                PeakLog = store.PeakLog.Source == FactSource.Declared && store.PeakLog.Value >= log.Value ? store.PeakLog : PlanDefaults.PeakOf(log),
                Commits = Measured(store.Commits, server.CommitsPerSecond, origin, QuantityText.Digits),
            };
        }

        // Nobody's peak is lower than what was just seen.
        return server.Recent <= store.PeakLog.Value
            ? store
            : store with { PeakLog = Measured(store.PeakLog, server.Recent, $"{server.Member}, the busiest second of the look", QuantityText.Of) };
    }

    private static Fact<T> Measured<T>(Fact<T> before, T value, string origin, Func<T, string> text)
        where T : notnull
    {
        var (now, then) = (text(value), text(before.Value));
        return Fact.Measured(value, before.Source == FactSource.Declared && now != then ? $"{origin}; {before.Origin} says {then}" : origin);
    }
}
