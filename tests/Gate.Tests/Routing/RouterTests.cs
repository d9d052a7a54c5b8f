using System.Collections.Immutable;
using Holdfast.Agent.Api.Serving;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Gate.Routing;

namespace Holdfast.Gate.Tests.Routing;

/// <summary>The decision by itself: who is proven, who accepts.</summary>
public sealed class RouterTests
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Old = TimeSpan.FromSeconds(6);

    [Fact]
    public void The_primary_that_serves_gets_everything_and_the_standbys_the_reads()
    {
        var routes = Router.Decide(View());
        routes.ReadWrite.ShouldBe(new ReadWriteRoute(new Target("a", "fra", 5), true, "serves", "a (epoch 5) serves"));
        routes.ReadOnly.Admits.Select(target => target.Member).ShouldBe(["b", "c"]);
    }

    [Fact]
    public void A_newer_record_takes_the_connections_away_before_the_new_primary_accepts()
    {
        var routes = Router.Decide(Recorded(View(), 6, "b"));
        routes.ReadWrite.Current.ShouldBe(new Target("b", "fra", 6));
        routes.ReadWrite.Admits.ShouldBeFalse();
        routes.ReadWrite.Rule.ShouldBe("takes-over");
    }

    [Fact]
    public void A_newer_epoch_told_by_any_agent_deposes_the_primary_though_etcd_is_away()
    {
        var view = With(Cut(View()), "c", report => report with { Epoch = 6, Primary = "b" });
        var routes = Router.Decide(view);
        // Nobody vouches for b yet: a has been replaced all the same.
        routes.ReadWrite.Current.ShouldBeNull();
        With(view, "b", report => report with { Epoch = 6, Primary = "b", Role = "primary", Serves = true, Vouched = true }).Decided()
            .ReadWrite.Current.ShouldBe(new Target("b", "fra", 6));
    }

    [Fact]
    public void What_has_been_seen_once_is_not_gone_back_behind()
    {
        var view = View();
        var group = view.Groups["fra"] with { Newest = new KnownPrimary(6, "b", false) };
        (view with { Groups = view.Groups.SetItem("fra", group) }).Decided().ReadWrite.Current.ShouldBeNull();
    }

    [Fact]
    public void Cut_off_from_etcd_the_primarys_agent_is_enough_and_without_it_everything_is_closed()
    {
        Cut(View()).Decided().ReadWrite.Admits.ShouldBeTrue();
        var unvouched = With(Cut(View()), "a", report => report with { Vouched = false }).Decided();
        (unvouched.ReadWrite.Current, unvouched.ReadWrite.Rule).ShouldBe((null, "cut-off"));
        var silent = Aged(Cut(View()), "a", Old).Decided();
        (silent.ReadWrite.Current, silent.ReadWrite.Rule).ShouldBe((null, "cut-off"));
        silent.ReadOnly.Admits.ShouldBeEmpty();
    }

    [Fact]
    public void A_word_is_worth_as_much_as_its_age_to_the_millisecond()
    {
        var limit = new GateSpec().CutOff;
        Aged(Cut(View()), "a", limit).Decided().ReadWrite.Current.ShouldNotBeNull();
        Aged(Cut(View()), "a", limit + TimeSpan.FromMilliseconds(1)).Decided().ReadWrite.Current.ShouldBeNull();
    }

    [Fact]
    public void A_silent_agent_holds_new_connections_for_a_while_and_then_the_record_counts()
    {
        var silent = Aged(View(), "a", Router.Silence + Fresh).Decided().ReadWrite;
        (silent.Current?.Member, silent.Admits, silent.Rule).ShouldBe(("a", false, "silent"));
        var gone = Aged(View(), "a", Router.Silence + Router.Grace + Fresh).Decided().ReadWrite;
        (gone.Current?.Member, gone.Admits, gone.Rule).ShouldBe(("a", true, "by-record"));
    }

    [Fact]
    public void A_primary_that_is_about_to_stop_gets_nothing_new_and_keeps_what_it_has()
    {
        var route = With(View(), "a", report => report with { Serves = false, Vouched = false, Why = "the server is being stopped" }).Decided().ReadWrite;
        (route.Current?.Member, route.Admits).ShouldBe(("a", false));
        route.Reason.ShouldContain("the server is being stopped");
    }

    [Theory]
    [InlineData("silent"), InlineData("lags"), InlineData("lag unknown"), InlineData("does not stream"), InlineData("older epoch"), InlineData("is primary")]
    public void A_standby_gets_no_reads_when_it(string fault)
    {
        var view = fault switch
        {
            "silent" => Aged(View(), "b", Router.Silence + Fresh),
            "lags" => With(View(), "b", report => report with { LagBytes = (16L << 20) + 1 }),
            "lag unknown" => With(View(), "b", report => report with { LagBytes = null }),
            "does not stream" => With(View(), "b", report => report with { Serves = false }),
            "older epoch" => With(View(), "b", report => report with { Epoch = 4 }),
            _ => With(View(), "b", report => report with { Role = "primary" }),
        };
        view.Decided().ReadOnly.Admits.Select(target => target.Member).ShouldBe(["c"]);
    }

    [Fact]
    public void Without_standbys_reads_wait_or_go_to_the_primary_as_the_file_says()
    {
        var view = With(With(View(), "b", report => report with { Serves = false }), "c", report => report with { LagBytes = 1L << 40 });
        view.Decided().ReadOnly.Admits.ShouldBeEmpty();
        (view with { Gate = new GateSpec { WithoutStandby = WithoutStandby.Primary } }).Decided().ReadOnly.Admits.ShouldBe([new Target("a", "fra", 5)]);
        // A standby that only lags keeps what it has.
        view.Decided().ReadOnly.Keeps.Select(target => target.Member).ShouldBe(["a", "b", "c"]);
        var long_gone = view with { Members = view.Members.SetItem("b", view.Members["b"] with { UnfitFor = Old }) };
        long_gone.Decided().ReadOnly.Keeps.Select(target => target.Member).ShouldBe(["a", "c"]);
    }

    [Fact]
    public void A_member_that_the_file_lacks_and_a_group_that_is_not_there_are_said()
    {
        Recorded(View(), 6, "z").Decided().ReadWrite.Reason.ShouldContain("z");
        var view = View();
        var bare = view with
        {
            Groups = view.Groups.SetItem("fra", new GroupSeen { State = RecordState.Absent }),
            Members = view.Members.Values.ToImmutableSortedDictionary(member => member.Name, member => member with { Report = null }, StringComparer.Ordinal),
        };
        bare.Decided().ReadWrite.ShouldSatisfyAllConditions(
            route => route.Current.ShouldBeNull(), route => route.Reason.ShouldContain("has not been born"));
    }

    [Fact]
    public void With_two_sites_the_active_one_counts_and_a_move_takes_the_connections_along()
    {
        TwoSites(1, "fra").Decided().ReadWrite.Current.ShouldBe(new Target("a", "fra", 5));
        var moved = TwoSites(2, "ber").Decided().ReadWrite;
        moved.Current.ShouldBeNull();
        moved.Rule.ShouldBe("passive");

        var taken = TwoSites(2, "ber", new KnownPrimary(1_000_001, "x", false));
        taken = taken with { Members = taken.Members.SetItem("x", Seen("x", "ber", "primary", 1_000_001, "x") with { Age = Fresh }) };
        taken.Decided().ReadWrite.Current.ShouldBe(new Target("x", "ber", 1_000_001));
    }

    [Fact]
    public void A_primary_that_vouches_under_an_older_site_epoch_is_not_believed()
    {
        var view = Cut(TwoSites(1, "fra"));
        view = With(view, "a", report => report with { SiteEpoch = 1, ActiveSite = "fra" });
        view.Decided().ReadWrite.Admits.ShouldBeTrue();
        With(view, "x", report => report with { SiteEpoch = 2, ActiveSite = "ber" }).Decided().ReadWrite.Current.ShouldBeNull();
    }

    private static GateView View() => new()
    {
        Gate = new GateSpec(),
        Members = new[] { Seen("a", "fra", "primary", 5, "a"), Seen("b", "fra", "standby", 5, "a"), Seen("c", "fra", "standby", 5, "a") }
            .ToImmutableSortedDictionary(member => member.Name, member => member, StringComparer.Ordinal),
        Groups = ImmutableSortedDictionary<string, GroupSeen>.Empty.Add(
            "fra", new GroupSeen { State = RecordState.Present, Record = new KnownPrimary(5, "a", false), ConfirmedAgo = Fresh }),
    };

    private static GateView TwoSites(long epoch, string active, KnownPrimary? ber = null)
    {
        var view = View();
        return view with
        {
            Members = view.Members.Add("x", Seen("x", "ber", "standby", 4, "x") with { }),
            Groups = view.Groups.Add(
                "ber", new GroupSeen { State = RecordState.Present, Record = ber ?? new KnownPrimary(4, "x", true), ConfirmedAgo = Fresh }),
            Global = new GlobalSeen { State = RecordState.Present, Record = new KnownSite(epoch, active), ConfirmedAgo = Fresh },
        };
    }

    private static MemberSeen Seen(string name, string site, string role, long epoch, string primary) => new()
    {
        Name = name,
        Site = site,
        Age = Fresh,
        Report = new ServingReport
        {
            Store = "orders",
            Site = site,
            Member = name,
            Epoch = epoch,
            Primary = primary,
            Passive = epoch == 4,
            SiteEpoch = epoch > 1_000_000 ? 2 : 0,
            ActiveSite = epoch > 1_000_000 ? "ber" : null,
            Role = role,
            Serves = true,
            Vouched = role == "primary",
            LagBytes = 0,
        },
    };

    private static GateView With(GateView view, string member, Func<ServingReport, ServingReport> change) => view with
    {
        Members = view.Members.SetItem(member, view.Members[member] with { Report = change(view.Members[member].Report!) }),
    };

    private static GateView Aged(GateView view, string member, TimeSpan age) => view with
    {
        Members = view.Members.SetItem(member, view.Members[member] with { Age = age }),
    };

    private static GateView Recorded(GateView view, long epoch, string primary) => view with
    {
        Groups = view.Groups.SetItem("fra", view.Groups["fra"] with { Record = new KnownPrimary(epoch, primary, false) }),
    };

    /// <summary>Nothing from etcd for long.</summary>
    private static GateView Cut(GateView view) => view with
    {
        Groups = view.Groups.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value with { ConfirmedAgo = Old }, StringComparer.Ordinal),
        Global = view.Global is { } global ? global with { ConfirmedAgo = Old } : null,
    };
}

internal static class Deciding
{
    public static GateRoutes Decided(this GateView view) => Router.Decide(view);
}
