using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql;
using Holdfast.Engines.PostgreSql.Observation;
using Holdfast.Engines.PostgreSql.Replication;

namespace Holdfast.PostgreSql.Tests.Link;

public class SlotPlanTests
{
    private const long MiB = 1L << 20;

    [Fact]
    public void An_idle_slot_moves_to_what_its_member_has_and_never_back_or_past_the_server_itself()
    {
        Slot[] slots = [Kept("b", 100), Kept("c", 100), Kept("d", 100), Kept("gone", 100)];
        var plan = Make(QueueFullPolicy.Drop, 500, slots, ("b", 50), ("c", 300), ("d", 900));
        plan.Advance.ShouldBe([("c", new Lsn(300)), ("d", new Lsn(500))]);
        plan.Renew.ShouldBeEmpty();
    }

    [Fact]
    public void A_slot_in_use_or_lost_or_of_a_member_that_nothing_is_known_of_stays()
    {
        Slot[] slots = [Kept("b", 100) with { Active = true }, new Slot("c", false, null, Lost: true), Kept("d", 100)];
        var plan = Make(QueueFullPolicy.Drop, 500, slots, ("b", 400), ("c", 400));
        plan.Advance.ShouldBeEmpty();
        plan.Renew.ShouldBeEmpty();
    }

    [Fact]
    public void A_lost_slot_through_which_its_member_streams_again_is_made_anew() =>
        Make(QueueFullPolicy.Drop, 500, [new Slot("c", true, new Lsn(400), Lost: true, Streams: true)]).Renew.ShouldBe(["c"]);

    [Fact]
    public void Where_writes_stop_instead_each_other_sites_most_advanced_slot_is_kept_and_others_only_to_the_bound()
    {
        // Bounds: 10 MiB for members of the site, 20 MiB for the other one.
        Slot[] slots = [Kept("b", 0), Kept("c", 0), Kept("d", 1)];
        Make(QueueFullPolicy.StopWrites, 15 * MiB, slots).Renew.ShouldBe(["b"]);
        Make(QueueFullPolicy.StopWrites, 30 * MiB, slots).Renew.ShouldBe(["b", "c"]);
        Make(QueueFullPolicy.StopWrites, 30 * MiB, [Kept("c", 0) with { Active = true }, Kept("d", 1)]).Renew.ShouldBeEmpty();
    }

    [Fact]
    public void The_server_is_told_the_larger_bound_or_none_where_writes_stop_instead()
    {
        Bound(QueueFullPolicy.Drop).Setting.ShouldBe("20MB");
        Bound(QueueFullPolicy.Drop).Of("b").ShouldBe(20 * MiB);
        Bound(QueueFullPolicy.StopWrites).Setting.ShouldBe("-1");
        Bound(QueueFullPolicy.StopWrites).Of("b").ShouldBe(10 * MiB);
        Bound(QueueFullPolicy.StopWrites).Of("c").ShouldBe(20 * MiB);
        Bound(QueueFullPolicy.StopWrites, site: "here").Setting.ShouldBe("10MB");
    }

    [Fact]
    public void A_rate_is_over_the_last_seconds_and_begins_anew_with_another_log()
    {
        var meter = new RateMeter(TimeSpan.FromSeconds(10));
        meter.Rate.ShouldBeNull();
        for (var tenth = 0; tenth <= 300; tenth++)
        {
            // 1000 bytes a second at first, 5000 from the 15th second on.
            meter.Note(TimeSpan.FromSeconds(tenth / 10.0), (ulong)((tenth * 100) + (Math.Max(0, tenth - 150) * 400)));
            if (tenth is 5 or 100 or 300)
            {
                meter.Rate.ShouldBe(tenth switch { 5 => null, 100 => 1000, _ => 5000 });
            }
        }

        meter.Note(TimeSpan.FromSeconds(31), 10);
        meter.Rate.ShouldBeNull();
        meter.Note(TimeSpan.FromSeconds(33), 30);
        meter.Rate.ShouldBe(10);
    }

    private static Slot Kept(string name, ulong from) => new(name, false, new Lsn(from), Lost: false);

    private static SlotPlan Make(QueueFullPolicy policy, long own, Slot[] slots, params (string Member, ulong Lsn)[] flushed) => SlotPlan.Make(
        slots, ImmutableDictionary.CreateRange("bcd".Select(name => KeyValuePair.Create(name.ToString(), name.ToString()))),
        flushed.ToImmutableDictionary(pair => pair.Member, pair => new Lsn(pair.Lsn)), new Lsn((ulong)own), Bound(policy));

    /// <summary>a and b here, c and d there.</summary>
    private static LogBound Bound(QueueFullPolicy policy, string site = "there")
    {
        var spec = new PostgreSqlSpec { SlotBoundMebibytes = 10 };
        var members = "abcd".Select(name => new MemberSpec
        {
            Name = name.ToString(),
            Site = name < 'c' ? "here" : site,
            Address = new Endpoint("127.0.0.1", 1),
            Agent = new Endpoint("127.0.0.1", 2),
            Data = "/nowhere",
        });
        var store = new StoreSpec
        {
            Name = "orders",
            Kind = "postgresql",
            Members = members.ToImmutableSortedDictionary(member => member.Name, member => member, StringComparer.Ordinal),
            Engine = spec,
            Link = new SiteLinkSpec { QueueBound = 20 * MiB, QueueFull = policy },
        };
        return new LogBound(store, store.Members["a"], spec);
    }
}
