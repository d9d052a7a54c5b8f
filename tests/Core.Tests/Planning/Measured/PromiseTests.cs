using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Measured;
using Holdfast.Core.Planning.Quantities;
using static Holdfast.Core.Tests.Planning.Plans;

namespace Holdfast.Core.Tests.Planning.Measured;

/// <summary>What was measured stands beside what is promised, and what is worse is said to be.</summary>
public sealed class PromiseTests
{
    private static readonly StorePlan Asynchronous = Plan(Apart(
        6, Store().Asks(FailureKind.Host, TimeSpan.Zero, TimeSpan.FromSeconds(10)).Asks(FailureKind.Site, TimeSpan.FromSeconds(5), TimeSpan.FromHours(1))));

    [Fact]
    public void Outages_are_counted_by_what_they_were()
    {
        var seen = new MeasuredStore("orders") { Outages = [Failed(0.2), Failed(0.4), Failed(0.3), Asked(0.1)] };
        var promises = Promise.Of(Asynchronous, seen).ToList();
        promises.Select(one => one.Text.Split(':')[0]).ShouldBe(["failovers in the site", "switchovers in the site"]);
        promises[0].Text.ShouldStartWith("failovers in the site: 3, median 300 ms, 95 % within 400 ms, longest 400 ms; promised ");
        promises[0].Promised.ShouldBe(Asynchronous.Chosen.After(FailureKind.Host).Rto, "it may have been the host: that takes longer than a process");
        promises.ShouldAllBe(one => !one.IsBroken);
    }

    [Fact]
    public void One_that_took_longer_than_promised_breaks_the_promise() =>
        Promise.Of(Asynchronous, new MeasuredStore("orders") { Outages = [Failed(0.2), Failed(300)] }).ShouldHaveSingleItem().IsBroken.ShouldBeTrue();

    [Fact]
    public void A_move_between_sites_is_held_against_the_site()
    {
        var move = new PastOutage(BetweenSites: true, Asked: false, TimeSpan.FromSeconds(2));
        var promise = Promise.Of(Asynchronous, new MeasuredStore("orders") { Outages = [move] }).ShouldHaveSingleItem();
        promise.Text.ShouldStartWith("failovers to the other site: 2 s; promised ");
        promise.Promised.ShouldBe(Asynchronous.Chosen.After(FailureKind.Site).Rto);
    }

    [Fact]
    public void A_lag_is_held_against_what_may_be_lost_with_the_site_and_only_at_the_other_one()
    {
        var most = Asynchronous.Chosen.After(FailureKind.Site).Rpo!.Value;
        var seen = new MeasuredStore("orders") { Lags = [Lag(Here.Name, most * 2), Lag(There.Name, most / 2), Lag(There.Name, most * 2)] };
        Promise.Of(Asynchronous, seen).Select(one => one.IsBroken).ShouldBe([false, false, true]);
    }

    [Fact]
    public void A_standby_that_had_nothing_to_do_says_nothing() =>
        Promise.Of(Asynchronous, new MeasuredStore("orders") { Lags = [new("m2", There.Name, null, null, new ByteCount(0))] }).ShouldBeEmpty();

    private static PastOutage Failed(double seconds) => new(BetweenSites: false, Asked: false, TimeSpan.FromSeconds(seconds));
    private static PastOutage Asked(double seconds) => new(BetweenSites: false, Asked: true, TimeSpan.FromSeconds(seconds));
    private static MeasuredLag Lag(string site, TimeSpan time) => new("m2", site, new Times(time, time, time, 5), null, new ByteCount(100));
}
