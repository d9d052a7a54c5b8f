using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Measured;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;
using static Holdfast.Core.Tests.Planning.Plans;

namespace Holdfast.Core.Tests.Planning.Measured;

/// <summary>What was measured takes the place of what was said.</summary>
public sealed class MeasuredFactsTests
{
    private static readonly PlanFacts Facts = Apart(6, Store());

    [Fact]
    public void A_link_is_as_it_was_measured_in_either_direction_and_says_what_was_declared()
    {
        foreach (var (from, to) in new[] { (Here.Name, There.Name), (There.Name, Here.Name) })
        {
            var link = Facts.With(Seen(links: Way(from, to, 8, 50e6))).Link(Here.Name, There.Name)!;
            link.RoundTrip.ShouldBe(Fact.Measured(Milliseconds(8), "a to b, median of 20; the test says 6 ms"));
            link.Line.Source.ShouldBe(FactSource.Measured);
            (link.Line.Value * LinkCapacity.TcpShare).BytesPerSecond.ShouldBe(50e6, 1, "of a line, headers are a part");
        }
    }

    [Fact]
    public void A_line_carries_no_more_than_was_ordered_whatever_was_measured()
    {
        var ordered = Facts.WithLine(100);
        var seen = Seen(links: Way(Here.Name, There.Name, 6, 50e6));
        var line = ordered.With(seen).Links[0].Line;

        (line.Value, line.Source).ShouldBe((ordered.Links[0].Line.Value, FactSource.Declared));
        line.Origin.ShouldContain("a to b measured 53.1 MB/s, which is more");
        MeasuredFacts.Doubts(ordered, seen).ShouldHaveSingleItem().ShouldContain("that is what is planned with");
        MeasuredFacts.Doubts(Facts, seen).ShouldBeEmpty("nobody had said what the line carries");
    }

    [Fact]
    public void What_was_measured_and_contradicts_what_was_declared_is_named()
    {
        MeasuredFacts.Doubts(Facts, Seen(links: Way(Here.Name, There.Name, 8, 50e6))).ShouldHaveSingleItem()
            .ShouldBe("link here-there: round trip: 8 ms was measured, and the test says 6 ms");
        MeasuredFacts.Doubts(Facts, Seen(links: Way(Here.Name, There.Name, 7, 50e6))).ShouldBeEmpty("so it varies");
    }

    [Fact]
    public void A_round_trip_that_no_light_makes_is_named()
    {
        var routed = Facts with { Links = [.. Facts.Links.Select(link => link with { Route = Said(new RouteLength(520)) })] };
        MeasuredFacts.Doubts(routed, Seen(links: Way(Here.Name, There.Name, 5, 50e6))).ShouldHaveSingleItem().ShouldContain("light takes 5.09 ms for 520 km");
        MeasuredFacts.Doubts(routed, Seen(links: Way(Here.Name, There.Name, 5.5, 50e6))).ShouldBeEmpty();
    }

    [Fact]
    public void Statistics_of_minutes_are_not_taken_and_that_is_said() =>
        MeasuredFacts.Doubts(Facts, Seen(new MeasuredStore("orders") { Server = Server(TimeSpan.FromMinutes(4)) })).ShouldHaveSingleItem()
            .ShouldBe("store orders: log and commits were not taken: m1 has counted for 4 min only, less than 5 min");

    [Fact]
    public void The_link_of_other_sites_stays_as_it_was() =>
        Facts.With(Seen(links: Way(Here.Name, "elsewhere", 8, 50e6))).Links.ShouldBe(Facts.Links);

    [Fact]
    public void An_assumed_window_or_loss_that_would_not_have_let_it_pass_gives_way()
    {
        var slow = Facts with { Links = [.. Facts.Links.Select(link => link with { Loss = Fact.Assumed(new Probability(0.01), "a guess") })] };
        var link = slow.With(Seen(links: Way(Here.Name, There.Name, 100, 500e6))).Links[0];
        LinkCapacity.OfLog(link.Line.Value, link.RoundTrip.Value, link.Window.Value, link.Loss.Value).BytesPerSecond
            .ShouldBe(500e6, 500e6 * 0.001);
        link.Window.Source.ShouldBe(FactSource.Derived);
    }

    [Fact]
    public void A_declared_window_stays() => (Facts with { Links = [.. Facts.Links.Select(link => link with { Window = Said(new ByteCount(1)) })] })
        .With(Seen(links: Way(Here.Name, There.Name, 100, 500e6))).Links[0].Window.ShouldBe(Said(new ByteCount(1)));

    [Fact]
    public void The_slowest_disk_of_the_members_counts()
    {
        var flush = Facts.With(Seen(new MeasuredStore("orders") { Flushes = [Flush("one", 0.5), Flush("two", 3), Flush("three", 1)] })).Stores[0].Flush;
        flush.Value.ShouldBe(Milliseconds(3));
        flush.Origin.ShouldBe("two, median of 20, the slowest of 3 members");
    }

    [Fact]
    public void What_the_server_counts_is_taken_and_the_peak_follows_it()
    {
        var store = Facts.With(Seen(new MeasuredStore("orders") { Server = Server(TimeSpan.FromDays(2)) })).Stores[0];
        store.Size.ShouldBe(Fact.Measured(new ByteCount(7e9), "m1"));
        store.Log.ShouldBe(Fact.Measured(new ByteRate(2e6), "m1, on average over 2 days"));
        store.Commits.Value.ShouldBe(40);
        store.Connections.Value.ShouldBe(9);
        store.PeakLog.Value.ShouldBe(new ByteRate(2e6) * PlanDefaults.PeakFactor);
        store.PeakLog.Source.ShouldBe(FactSource.Derived);
    }

    [Fact]
    public void An_average_over_a_moment_is_none()
    {
        var store = Facts.With(Seen(new MeasuredStore("orders") { Server = Server(MeasuredFacts.ShortestAverage - TimeSpan.FromSeconds(1)) })).Stores[0];
        store.Log.ShouldBe(Facts.Stores[0].Log);
        store.Commits.ShouldBe(Facts.Stores[0].Commits);
        store.Size.Value.ShouldBe(new ByteCount(7e9), "a size needs no time");
    }

    [Fact]
    public void A_peak_is_at_least_what_was_just_seen_whatever_was_declared()
    {
        var seen = Seen(new MeasuredStore("orders") { Server = Server(TimeSpan.FromDays(2)) with { Recent = new ByteRate(90e6) } });
        Facts.With(seen).Stores[0].PeakLog.Value.ShouldBe(new ByteRate(90e6));
        var declared = Apart(6, Store().Writes(1e6, 10e6)).With(seen).Stores[0].PeakLog;
        declared.ShouldBe(Fact.Measured(new ByteRate(90e6), "m1, the busiest second of the look; the test says 10 MB/s"));
    }

    [Fact]
    public void What_past_changes_of_primary_took_is_what_the_next_will_take()
    {
        PastOutage[] past = [Change(80, 300), Change(40, 200), Change(200, 900)];
        var facts = Facts.With(Seen(new MeasuredStore("orders") { Outages = [.. past, new PastOutage(true, false, Milliseconds(9000))] }));

        facts.Stores[0].Promote.ShouldBe(Fact.Measured(Milliseconds(300), "3 changes of primary (median) in its history"));
        facts.Times.CoordinationWrite.ShouldBe(Fact.Measured(Milliseconds(20), "1/4 of what deciding took in 3 changes of primary (median)"));
        Facts.With(Seen(new MeasuredStore("orders") { Outages = [new PastOutage(false, true, Milliseconds(500))] }))
            .ShouldSatisfyAllConditions(
                without => without.Times.ShouldBe(Facts.Times, "its parts are not known"), without => without.Stores[0].Promote.ShouldBe(Facts.Stores[0].Promote));
    }

    [Fact]
    public void A_store_that_nobody_measured_stays_as_it_was() =>
        Facts.With(Seen(new MeasuredStore("other") { Server = Server(TimeSpan.FromDays(2)) })).Stores.ShouldBe(Facts.Stores);

    [Fact]
    public void The_median_and_the_95th_are_times_that_were_seen()
    {
        Times.Of([]).ShouldBeNull();
        Times.Of([Milliseconds(3)]).ShouldBe(new Times(Milliseconds(3), Milliseconds(3), Milliseconds(3), 1));
        Times.Of(Enumerable.Range(1, 100).Reverse().Select(ms => Milliseconds(ms)))
            .ShouldBe(new Times(Milliseconds(50), Milliseconds(95), Milliseconds(100), 100));
    }

    private static Measurements Seen(params MeasuredStore[] stores) => new([.. stores], []);
    private static Measurements Seen(MeasuredLink links) => new([], [links]);
    private static Times Took(double milliseconds) => new(Milliseconds(milliseconds), Milliseconds(milliseconds), Milliseconds(milliseconds), 20);
    private static PastOutage Change(double decide, double promote) =>
        new(BetweenSites: false, Asked: true, Milliseconds(decide + promote)) { Parts = new ChangeParts(Milliseconds(decide), Milliseconds(promote)) };

    private static MeasuredFlush Flush(string member, double milliseconds) => new(member, Took(milliseconds));

    private static MeasuredLink Way(string from, string to, double milliseconds, double bytesPerSecond) =>
        new(from, to, "a to b", Took(milliseconds), new ByteRate(bytesPerSecond), new ByteCount(32e6));

    private static MeasuredServer Server(TimeSpan since) =>
        new("m1", new ByteCount(7e9), new ByteRate(2e6), 40, since, new ByteRate(1), 9);
}
