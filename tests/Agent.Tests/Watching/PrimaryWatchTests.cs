using Holdfast.Agent.Heartbeats;
using Holdfast.Agent.Tests.Heartbeats;
using Holdfast.Agent.Tests.Leases;
using Holdfast.Agent.Watching;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Agent.Tests.Watching;

/// <summary>R7, as it is measured: a primary that hears nobody is as silent as the last that it heard.</summary>
public sealed class PrimaryWatchTests : IDisposable
{
    private static readonly TimeSpan SuspectAfter = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);
    private readonly ManualTime _time = new();
    private readonly LeasedMember _member = new("me", "fra");
    private readonly SelfScore _score;
    private readonly PrimaryWatch _watch;
    private long _sequence;

    public PrimaryWatchTests()
    {
        _score = new SelfScore(_time, SuspectAfter);
        _watch = new PrimaryWatch(_member.Engine, _score, _time, SuspectAfter);
        _time.Advance(SuspectAfter);
    }

    [Fact]
    public void A_primary_that_hears_somebody_is_trusted_however_long_its_log_is_silent() =>
        After(SuspectAfter * 3, _ => TimeSpan.Zero).Suspects.ShouldBeFalse();

    [Fact]
    public void A_primary_that_is_heard_and_hears_nobody_is_suspected_and_the_reason_says_so()
    {
        var verdict = After(SuspectAfter * 2, passed => passed);
        (verdict.Suspects, verdict.Confirmed).ShouldBe((true, true));
        verdict.Reason.ShouldStartWith("agent has heard nobody for 1200 ms");
    }

    [Fact]
    public void Its_deafness_counts_from_when_this_agent_began_to_look()
    {
        After(SuspectAfter / 2, passed => passed + TimeSpan.FromMinutes(1)).Suspects.ShouldBeFalse("it may hear this agent at any moment");
        After(SuspectAfter, passed => passed + TimeSpan.FromMinutes(1)).Suspects.ShouldBeTrue();
    }

    [Fact]
    public void A_primary_that_hears_again_is_trusted_at_once()
    {
        After(SuspectAfter * 2, passed => passed).Suspects.ShouldBeTrue();
        After(Beat, _ => TimeSpan.Zero).Suspects.ShouldBeFalse();
    }

    [Fact]
    public void A_deaf_primary_is_not_alive_again()
    {
        After(SuspectAfter * 4, passed => passed);
        _watch.AliveFor.ShouldBe(TimeSpan.Zero);
    }

    /// <summary>R6: who may take over where only time protects.</summary>
    [Fact]
    public void Who_had_all_of_the_primary_before_knows_what_it_may_lack_when_the_elected_one_was_never_promoted()
    {
        Lag(1, MemberRole.Primary, At(100)).ShouldBe(TimeSpan.Zero);
        _time.Advance(Beat);

        Lag(2, MemberRole.Standby, null).ShouldBe(Beat);
        _time.Advance(Beat);
        Lag(2, MemberRole.Standby, null).ShouldBe(Beat * 2, "it may be promoted at any moment, and acknowledge");
        Lag(2, MemberRole.Standby, null, leaseExists: false).ShouldBe(Beat * 2);
        _time.Advance(Beat);
        Lag(2, MemberRole.Standby, null, leaseExists: false).ShouldBe(Beat * 2);
        Lag(3, MemberRole.Standby, null, leaseExists: false).ShouldBe(Beat * 3, "the next was not promoted either; its lease may have come and gone unseen");
    }

    [Fact]
    public void Who_had_all_of_the_primary_before_knows_nothing_of_one_that_was_promoted()
    {
        Lag(1, MemberRole.Primary, At(100)).ShouldBe(TimeSpan.Zero);
        Lag(2, MemberRole.Primary, At(200)).ShouldBeNull();
        Lag(2, MemberRole.Standby, null).ShouldBeNull("its server ended after it had acknowledged");
    }

    [Fact]
    public void What_a_member_said_before_it_was_elected_says_nothing_of_what_it_has_done_since()
    {
        Lag(1, MemberRole.Primary, At(100)).ShouldBe(TimeSpan.Zero);
        Lag(2, MemberRole.Standby, null, said: 1).ShouldBeNull();
    }

    [Fact]
    public void A_server_that_started_with_less_than_it_had_knows_nothing()
    {
        Lag(1, MemberRole.Primary, At(100)).ShouldBe(TimeSpan.Zero);
        Lag(1, MemberRole.Primary, At(100), mine: At(99)).ShouldBeNull();
        Lag(2, MemberRole.Standby, null, mine: At(99)).ShouldBeNull();
        Lag(3, MemberRole.Primary, At(100)).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void A_server_that_started_with_less_than_it_had_is_as_far_behind_as_what_it_has_is_old()
    {
        Lag(1, MemberRole.Primary, At(90)).ShouldBe(TimeSpan.Zero);
        _time.Advance(Beat);
        Lag(1, MemberRole.Primary, At(100)).ShouldBe(TimeSpan.Zero);
        Lag(1, MemberRole.Primary, At(100), mine: At(95)).ShouldBe(Beat);
    }

    [Fact]
    public void Who_is_always_a_little_behind_knows_how_far()
    {
        for (ulong place = 1; place <= 500; place++)
        {
            var lag = Lag(1, MemberRole.Primary, At(place), mine: At(place < 3 ? 0 : place - 3));
            lag.ShouldBe(place <= 3 ? null : Beat * 3);
            _time.Advance(Beat);
        }

        _time.Advance(Beat * 20);
        Lag(1, MemberRole.Primary, At(501), mine: At(450)).ShouldNotBeNull().ShouldBeInRange(Beat * 70, Beat * 90, "older ones are kept less exactly");
    }

    [Fact]
    public void A_lease_that_came_and_went_unseen_counts()
    {
        Lag(1, MemberRole.Primary, At(100)).ShouldBe(TimeSpan.Zero);
        _time.Advance(Beat);
        Lag(1, MemberRole.Primary, At(200), leaseExists: false).ShouldBe(Beat);
        _time.Advance(Beat * 5);
        Lag(1, MemberRole.Primary, At(200), leaseExists: false).ShouldBe(Beat, "nobody can have acknowledged since");
        Lag(1, MemberRole.Primary, At(200), leaseExists: false, taken: 2).ShouldBe(Beat * 6);
    }

    [Fact]
    public void A_position_is_as_old_as_its_sender_says()
    {
        Lag(1, MemberRole.Primary, At(100), age: 0).ShouldBe(TimeSpan.Zero);
        _time.Advance(Beat * 3);
        Lag(1, MemberRole.Primary, At(100), age: 200).ShouldBe(TimeSpan.FromMilliseconds(200));
        Lag(1, MemberRole.Primary, At(100), age: 900).ShouldBe(TimeSpan.FromMilliseconds(200), "it was known to have all of it later than that");
        Lag(1, MemberRole.Primary, At(100), age: -5).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void What_came_while_this_agent_stood_still_may_be_as_old_as_that()
    {
        Lag(1, MemberRole.Primary, At(100)).ShouldBe(TimeSpan.Zero);
        _time.Advance(Beat);
        _score.Due(SelfPart.Pacer, _time.GetTimestamp());
        _time.Advance(TimeSpan.FromSeconds(7));
        Lag(1, MemberRole.Primary, At(100)).ShouldBe(TimeSpan.FromSeconds(7), "its threads have not run yet");
        _score.Ran(SelfPart.Pacer, _time.GetTimestamp());
        Lag(1, MemberRole.Primary, At(100)).ShouldBe(TimeSpan.FromSeconds(7));
        _time.Advance(Beat);
        Lag(1, MemberRole.Primary, At(100)).ShouldBe(TimeSpan.FromSeconds(7) + Beat);
        _time.Advance(Beat * 2);
        Lag(1, MemberRole.Primary, At(100)).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void An_agent_that_is_always_late_still_knows_how_far_behind_it_is()
    {
        for (var turn = 0; turn < 50; turn++)
        {
            _score.Due(SelfPart.MainLoop, _time.GetTimestamp());
            _time.Advance(Beat * 3);
            _score.Ran(SelfPart.MainLoop, _time.GetTimestamp());
            Lag(1, MemberRole.Primary, At(100)).ShouldBe(Beat * 3);
        }
    }

    public void Dispose()
    {
        _watch.Dispose();
        _member.Dispose();
    }

    /// <param name="deaf">For how long it says that it is, by how much time has passed.</param>
    private SuspicionVerdict After(TimeSpan time, Func<TimeSpan, TimeSpan> deaf)
    {
        var verdict = Look(deaf(TimeSpan.Zero));
        for (var passed = Beat; passed <= time; passed += Beat)
        {
            _time.Advance(Beat);
            verdict = Look(deaf(passed));
        }

        return verdict;
    }

    private SuspicionVerdict Look(TimeSpan deaf)
    {
        var said = deaf >= SuspectAfter ? (long)deaf.TotalMilliseconds : 0;
        var heartbeat = Fleet.Beat("a", ++_sequence) with { Role = MemberRole.Primary, DeafMilliseconds = said };
        return _watch.Observe(
            Record, pulseRevision: 1, coordinationFresh: true, new EngineView(), new PeerObservation(heartbeat, _time.GetTimestamp()), agreeingPeers: 1,
            leaseExists: false, leaseTaken: 1);
    }

    private static LogPosition At(ulong place) => new(1, new Lsn(place));

    /// <summary>What it may lack that is told by the primary of <paramref name="epoch"/>: what that is, and how far.</summary>
    private TimeSpan? Lag(long epoch, MemberRole role, LogPosition? theirs, LogPosition? mine = null, long? said = null, bool leaseExists = true, long age = 0, long taken = 1)
    {
        var heartbeat = Fleet.Beat("a", ++_sequence) with { Role = role, Position = theirs, Epoch = said ?? epoch, PositionAgeMilliseconds = age };
        _watch.Observe(
            Record with { Epoch = epoch }, pulseRevision: 1, coordinationFresh: true, new EngineView { Position = mine ?? At(100) },
            new PeerObservation(heartbeat, _time.GetTimestamp()), agreeingPeers: 1, leaseExists, taken);
        return _watch.Lag;
    }

    private static GroupRecord Record => new()
    {
        Epoch = 1,
        Primary = "a",
        Sync = new SyncRule(["b", "me"], 1),
        Mode = ProtectionMode.ZeroLoss,
        SystemId = "1",
        Lineage = [new LineageEntry(1, 1, Lsn.Zero)],
    };
}
