using Holdfast.Agent.Tests.Heartbeats;
using Holdfast.Agent.Watching;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Agent.Tests.Watching;

public class ActivityTrackerTests
{
    private static readonly SyncRule Rule = new(["b", "c"], 1);
    private readonly ManualTime _time = new();

    [Fact]
    public void The_barrier_is_of_the_look_after_the_one_that_first_saw_the_effect()
    {
        var tracker = new ActivityTracker(_time);
        Look(tracker, Primary(100) with { EffectiveSync = Rule }).Barrier.ShouldBeNull();
        var second = Look(tracker, Primary(140) with { EffectiveSync = Rule });
        (second.Barrier, second.BarrierRule).ShouldBe((new Lsn(140), Rule));
        Look(tracker, Primary(180) with { EffectiveSync = Rule }).Barrier.ShouldBe(new Lsn(140));
    }

    [Fact]
    public void The_barrier_is_forgotten_when_the_rule_is_not_seen_to_hold()
    {
        var tracker = new ActivityTracker(_time);
        Look(tracker, Primary(100) with { EffectiveSync = Rule });
        Look(tracker, Primary(140) with { EffectiveSync = Rule }).Barrier.ShouldNotBeNull();
        Look(tracker, Primary(150) with { EffectiveSync = null }).Barrier.ShouldBeNull();
        Look(tracker, Primary(160) with { EffectiveSync = Rule }).Barrier.ShouldBeNull();
        tracker.ForgetBarrier();
        Look(tracker, Primary(170) with { EffectiveSync = Rule }).Barrier.ShouldBeNull();
    }

    [Fact]
    public void A_candidate_is_absent_from_when_its_stream_ended()
    {
        var tracker = new ActivityTracker(_time);
        Look(tracker, Primary(100, Standby("b", 100), Standby("c", 100)));
        _time.Advance(TimeSpan.FromSeconds(5));
        Look(tracker, Primary(100, Standby("c", 100))).AbsentFor["b"].ShouldBe(TimeSpan.Zero);
        _time.Advance(TimeSpan.FromSeconds(2));
        var later = Look(tracker, Primary(100, Standby("c", 100)));
        later.AbsentFor["b"].ShouldBe(TimeSpan.FromSeconds(2));
        later.AbsentFor["c"].ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Commits_stall_when_fewer_than_k_candidates_flush()
    {
        var tracker = new ActivityTracker(_time);
        Look(tracker, Primary(100, Standby("b", 100)));
        Look(tracker, Primary(200, Standby("b", 100)));
        _time.Advance(TimeSpan.FromSeconds(3));
        Look(tracker, Primary(200, Standby("b", 100))).StalledFor.ShouldBe(TimeSpan.FromSeconds(3));
        Look(tracker, Primary(200, Standby("b", 200))).StalledFor.ShouldBe(TimeSpan.Zero);
    }

    /// <summary>What it asks for is refused at once, and it asks again: a look that falls into the moment between sees an open connection.</summary>
    [Fact]
    public void A_stream_that_breaks_off_again_and_again_is_none()
    {
        var tracker = new ActivityTracker(_time);
        var follows = EngineView.Nothing with { Process = ProcessState.Running, Role = MemberRole.Standby, Upstream = "b", Streaming = true };
        Look(tracker, follows).AdriftFor.ShouldBe(TimeSpan.Zero);
        Look(tracker, follows with { Streaming = false }).AdriftFor.ShouldBe(TimeSpan.Zero);
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            Look(tracker, follows);
            _time.Advance(TimeSpan.FromMilliseconds(250));
            Look(tracker, follows with { Streaming = false });
        }

        Look(tracker, follows with { Streaming = false }).AdriftFor.ShouldBe(TimeSpan.FromMilliseconds(2500));
        Look(tracker, follows).AdriftFor.ShouldBe(TimeSpan.FromMilliseconds(2500));
        _time.Advance(TimeSpan.FromSeconds(1));
        Look(tracker, follows).AdriftFor.ShouldBe(TimeSpan.Zero);
    }

    /// <summary>A piece may take long to come; when none comes any more, the primary may have the rest.</summary>
    [Fact]
    public void A_standby_that_is_fed_is_not_adrift_between_two_pieces()
    {
        var tracker = new ActivityTracker(_time);
        var fed = EngineView.Nothing with
        {
            Process = ProcessState.Running,
            Role = MemberRole.Standby,
            Upstream = "b",
            Feeding = true,
            ApplyIdle = true,
            Applied = new Lsn(100),
        };
        Look(tracker, fed);
        _time.Advance(TimeSpan.FromSeconds(25));
        Look(tracker, fed).AdriftFor.ShouldBe(TimeSpan.Zero);
        Look(tracker, fed with { Applied = new Lsn(200) });
        _time.Advance(TimeSpan.FromSeconds(25));
        Look(tracker, fed with { Applied = new Lsn(200) }).AdriftFor.ShouldBe(TimeSpan.Zero);
        _time.Advance(TimeSpan.FromSeconds(5));
        Look(tracker, fed with { Applied = new Lsn(200) });
        _time.Advance(TimeSpan.FromSeconds(3));
        Look(tracker, fed with { Applied = new Lsn(200) }).AdriftFor.ShouldBe(TimeSpan.FromSeconds(3));
        Look(tracker, fed with { Applied = new Lsn(300) }).AdriftFor.ShouldBe(TimeSpan.Zero);
        Look(tracker, fed with { Applied = new Lsn(300), Feeding = false });
        _time.Advance(TimeSpan.FromSeconds(3));
        Look(tracker, fed with { Applied = new Lsn(300), Feeding = false }).AdriftFor.ShouldBe(TimeSpan.FromSeconds(3));
    }

    [Fact]
    public void What_a_restarted_primary_must_have_on_its_candidates_is_what_it_had_when_it_first_answered()
    {
        var tracker = new ActivityTracker(_time);
        Look(tracker, Primary(100) with { RunId = "1:1" }).AdmissionBarrier.ShouldBe(new Lsn(100));
        Look(tracker, Primary(300) with { RunId = "1:1" }).AdmissionBarrier.ShouldBe(new Lsn(100));
        Look(tracker, EngineView.Nothing with { Process = ProcessState.Stopped }).AdmissionBarrier.ShouldBeNull();
        Look(tracker, Primary(400) with { RunId = "2:2" }).AdmissionBarrier.ShouldBe(new Lsn(400));
    }

    [Fact]
    public void Handing_over_is_given_up_after_its_limit_and_may_be_tried_again_after_the_next_end_of_the_server()
    {
        var tracker = new ActivityTracker(_time);
        var stopped = EngineView.Nothing with { Process = ProcessState.Stopped };
        Look(tracker, Primary(100));
        Look(tracker, stopped).HandOverAbandoned.ShouldBeFalse();
        tracker.HandingOver(true);
        _time.Advance(TimeSpan.FromSeconds(3));
        Look(tracker, stopped).HandOverAbandoned.ShouldBeTrue();
        Look(tracker, Primary(100) with { RunId = "2:2" }).HandingOverFor.ShouldBeNull();
        Look(tracker, stopped).HandOverAbandoned.ShouldBeFalse();
    }

    [Fact]
    public void A_server_that_ends_before_it_has_answered_is_started_again_once_at_once_and_then_ever_more_seldom()
    {
        var tracker = new ActivityTracker(_time);
        var stopped = EngineView.Nothing with { Process = ProcessState.Stopped };
        Fails().ShouldBe(TimeSpan.Zero);
        Fails().ShouldBe(TimeSpan.FromSeconds(1));
        Fails().ShouldBe(TimeSpan.FromSeconds(2));
        Fails().ShouldBe(TimeSpan.FromSeconds(4));
        Fails().ShouldBe(TimeSpan.FromSeconds(8));
        Fails().ShouldBe(TimeSpan.FromSeconds(8));
        tracker.Started();
        tracker.Stopping(); // On purpose.
        Look(tracker, stopped).StartBackoff.ShouldBeFalse();
        tracker.Started();
        Look(tracker, Primary(100));
        Look(tracker, stopped).StartBackoff.ShouldBeFalse();
        Fails().ShouldBe(TimeSpan.Zero);

        TimeSpan Fails()
        {
            tracker.Started();
            var rest = TimeSpan.Zero;
            for (; Look(tracker, stopped).StartBackoff; rest += TimeSpan.FromMilliseconds(500))
            {
                _time.Advance(TimeSpan.FromMilliseconds(500));
            }

            return rest;
        }
    }

    /// <summary>Otherwise each switchover is refused at once, for as long as the server then runs.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("r1")]
    public void A_hand_over_that_was_given_up_is_not_held_against_a_later_request(string? request)
    {
        var tracker = new ActivityTracker(_time);
        var stopped = new EngineView { Process = ProcessState.Stopped, Data = DataState.Present };
        Look(tracker, Primary(100), request).HandOverAbandoned.ShouldBeFalse();
        Look(tracker, stopped, request);
        tracker.HandingOver(true);
        _time.Advance(TimeSpan.FromSeconds(4));
        Look(tracker, stopped, request).HandOverAbandoned.ShouldBeTrue();
        var again = Primary(100) with { RunId = "1:2" };
        Look(tracker, again, request).HandOverAbandoned.ShouldBe(request is not null, "the request that failed is to be told so");
        Look(tracker, again, "r2").HandOverAbandoned.ShouldBeFalse();
    }

    private static ActivityView Look(ActivityTracker tracker, EngineView engine, string? request = null) =>
        tracker.Observe(
            engine, new GroupRecord { Epoch = 1, Primary = "a", Sync = Rule, Mode = ProtectionMode.ZeroLoss, SystemId = "1" }, RecordState.Present, "a",
            TimeSpan.FromSeconds(3), request);

    private static EngineView Primary(ulong inserted, params StandbyView[] standbys) => new()
    {
        Process = ProcessState.Running,
        Role = MemberRole.Primary,
        RunId = "1:1",
        Inserted = new Lsn(inserted),
        Position = new LogPosition(1, new Lsn(inserted)),
        Standbys = [.. standbys],
    };

    private static StandbyView Standby(string name, ulong flushed) => new(name, true, new Lsn(flushed), true);
}
