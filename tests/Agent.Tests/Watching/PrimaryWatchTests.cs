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
    private readonly PrimaryWatch _watch;
    private long _sequence;

    public PrimaryWatchTests() => _watch = new PrimaryWatch(_member.Engine, new SelfScore(_time, SuspectAfter), _time, SuspectAfter);

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
            leaseExists: false);
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
