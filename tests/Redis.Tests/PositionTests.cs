using Holdfast.Core.Failover;
using Holdfast.Engines.Redis.Observation;
using Holdfast.Engines.Redis.Replication;

namespace Holdfast.Redis.Tests;

/// <summary>What a server's replication id and offset say, by the history that its data carry.</summary>
public class PositionTests
{
    private static readonly StoreHistory History = new StoreHistory("5ea1", [])
        .With(new Stretch(1, "aa", 0, Lsn.Zero)).With(new Stretch(2, "bb", 0, new Lsn(500))).With(new Stretch(2, "cc", 10_000, new Lsn(700)));

    [Fact]
    public void A_known_id_gives_the_exact_position_above_its_base()
    {
        Observer.Locate(Standby("bb", 600), History, mark: null, ended: null).ShouldBe((new LogPosition(2, new Lsn(600)), new Lsn(600)));
        Observer.Locate(Standby("cc", 7), History, mark: null, ended: null).ShouldBe((new LogPosition(2, new Lsn(10_007)), new Lsn(10_007)));
    }

    [Fact]
    public void What_began_with_its_log_has_at_least_its_mark_and_nobody_knows_how_much_more()
    {
        var (position, upTo) = Observer.Locate(Standby("dd", 0), History, mark: new LogPosition(2, new Lsn(710)), ended: null);

        position.ShouldBe(new LogPosition(2, new Lsn(710)));
        upTo.ShouldBe(new Lsn(ulong.MaxValue));
        // So it never beats a standby that has more, and has diverged as soon as a later primary was promoted.
        Lineage.Locate([new(1, 1, Lsn.Zero), new(2, 2, new Lsn(500))], position!.Value, upTo!.Value, History.Forks, logEpoch: 2).OnLineage.ShouldBeTrue();
        Lineage.Locate([new(1, 1, Lsn.Zero), new(2, 2, new Lsn(500)), new(3, 3, new Lsn(710))], position.Value, upTo.Value, History.Forks, logEpoch: 2)
            .DivergedFrom.ShouldBe(new LogPosition(2, new Lsn(710)));
    }

    [Fact]
    public void What_began_with_a_log_whose_end_was_noted_is_that_far()
    {
        var ended = new LogPosition(2, new Lsn(695));
        Observer.Locate(Standby("dd", 0), History, new LogPosition(2, new Lsn(690)), ended).ShouldBe((ended, ended.Lsn));
        Observer.Locate(new ServerInfo("role:slave\nmaster_host:10.0.0.1\nmaster_port:6379\nmaster_replid:dd"), History, new LogPosition(2, new Lsn(701)), ended)
            .ShouldBe((new LogPosition(2, new Lsn(701)), new Lsn(ulong.MaxValue)));
    }

    [Fact]
    public void Data_that_tell_of_a_stretch_have_all_before_it_whatever_their_mark_says() =>
        Observer.Locate(Standby("dd", 0), History, new LogPosition(1, new Lsn(499)), ended: null).Position.ShouldBe(new LogPosition(2, new Lsn(700)));

    [Theory]
    [InlineData("role:master\nmaster_replid:dd\nmaster_repl_offset:9")]
    [InlineData("role:slave\nmaster_link_status:up\nmaster_replid:dd\nmaster_repl_offset:9")]
    [InlineData("role:slave\nmaster_sync_in_progress:1\nmaster_replid:dd\nmaster_repl_offset:9")]
    public void What_is_about_to_be_written_down_is_not_guessed(string info) =>
        Observer.Locate(new ServerInfo(info), History, new LogPosition(2, new Lsn(690)), new LogPosition(2, new Lsn(695))).ShouldBe((null, null));

    [Fact]
    public void Data_without_a_history_have_no_position() => Observer.Locate(Standby("bb", 600), null, null, null).ShouldBe((null, null));

    [Fact]
    public void Forks_are_those_of_timelines_and_not_of_restarts() => History.Forks.ShouldBe([new TimelineStart(2, new Lsn(500))]);

    [Fact]
    public void A_history_is_read_as_it_was_written()
    {
        StoreHistory.Read([.. History.Fields]).ShouldBe(History);
        StoreHistory.FromJson(History.ToJson()).ShouldBe(History);
        StoreHistory.Read([]).ShouldBeNull();
        StoreHistory.Read(["aa", "1 0 0"]).ShouldBeNull();
        StoreHistory.FromJson("{").ShouldBeNull();
        StoreHistory.ReadMark(StoreHistory.Mark(new LogPosition(3, new Lsn(1UL << 36)))).ShouldBe(new LogPosition(3, new Lsn(1UL << 36)));
        StoreHistory.ReadMark("3").ShouldBeNull();
    }

    [Fact]
    public void A_later_entry_for_an_id_takes_the_place_of_the_first() =>
        History.With(new Stretch(3, "cc", 1, new Lsn(2))).Stretches.Count(stretch => stretch.ReplicationId == "cc").ShouldBe(1);

    [Fact]
    public void An_old_history_in_the_data_is_made_whole_by_what_is_noted_beside_them()
    {
        var old = new StoreHistory("5ea1", []).With(new Stretch(1, "aa", 0, Lsn.Zero));
        old.And(History).ShouldBe(History);
        History.And(old).ShouldBe(History);
        History.And(null).ShouldBe(History);
        History.And(old with { SystemId = "other" }).ShouldBe(History);
        new Look(Standby("cc", 7), old, null, null).Known(History).ShouldBe(History);
        new Look(Standby("cc", 7), null, null, null).Known(History).ShouldBe(History);
        new Look(Standby("dd", 7), old, null, null).Known(History).ShouldBe(old, "of data that began with their log they tell themselves");
        new Look(new ServerInfo("role:slave\nmaster_sync_in_progress:1\nmaster_replid:cc"), null, null, null).Known(History).ShouldBeNull();
    }

    private static ServerInfo Standby(string id, long offset) =>
        new($"# Replication\r\nrole:slave\r\nmaster_host:127.0.0.1\r\nmaster_port:0\r\nmaster_link_status:down\r\nmaster_replid:{id}\r\nmaster_repl_offset:{offset}\r\n");
}
