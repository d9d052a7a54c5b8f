using System.Collections.Concurrent;
using Holdfast.Agent.Leases;
using Holdfast.Coordination;

namespace Holdfast.Agent.Tests.Leases;

/// <summary>The boot clock is moved by hand; the keeper's threads are real.</summary>
public sealed class LeaseKeeperTests : IDisposable
{
    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);
    private readonly ManualBootClock _clock = new();
    private readonly FakeCoordination _coordination = new();
    private readonly LeaseKeeper _keeper;
    private readonly ConcurrentQueue<LeaseState> _extended = new();
    private readonly ConcurrentQueue<LeaseState> _expired = new();

    public LeaseKeeperTests()
    {
        _keeper = new LeaseKeeper("primary", _coordination, TimeToLive, Margin, _clock);
        _keeper.Extended += _extended.Enqueue;
        _keeper.Expiring += _expired.Enqueue;
        _keeper.Start();
    }

    public void Dispose() => _keeper.Dispose();

    [Fact]
    public async Task The_deadline_counts_from_before_the_grant_was_sent_less_the_margin()
    {
        _coordination.OnGrant = () => _clock.Advance(TimeSpan.FromSeconds(1)); // The call itself takes a second.
        var sentAt = _clock.Now;

        var state = await _keeper.AcquireAsync(CancellationToken.None);

        state.Held.ShouldBeTrue();
        state.DeadlineBoot.ShouldBe(sentAt + TimeToLive - Margin);
        _extended.ShouldBe([state]);
        (await _keeper.AcquireAsync(CancellationToken.None)).LeaseId.ShouldBe(state.LeaseId, "a held lease is kept");
    }

    [Fact]
    public async Task A_quarter_of_the_lease_later_it_is_renewed_counted_from_before_the_renewal_was_sent()
    {
        using var answer = new ManualResetEventSlim();
        using var asked = new ManualResetEventSlim();
        _coordination.OnKeepAlive = (_, budget) =>
        {
            budget.ShouldBe(TimeToLive / 4);
            asked.Set();
            answer.Wait(Await.Long);
            return TimeToLive;
        };
        var granted = await _keeper.AcquireAsync(CancellationToken.None);
        _clock.Advance(TimeToLive / 4 - TimeSpan.FromMilliseconds(1));
        asked.Wait(TimeSpan.FromMilliseconds(250)).ShouldBeFalse("it is not yet time");

        var sentAt = _clock.Advance(TimeSpan.FromMilliseconds(1));
        asked.Wait(Await.Long).ShouldBeTrue("it is renewed");
        _clock.Advance(TimeSpan.FromSeconds(1)); // While the answer is on its way.
        answer.Set();

        Await.That(() => _extended.Count == 2, "the deadline moves");
        _keeper.State.ShouldBe(new LeaseState(granted.LeaseId, sentAt + TimeToLive - Margin, true));
        _expired.ShouldBeEmpty();
    }

    [Fact]
    public async Task Unreachable_coordination_is_asked_again_until_the_deadline_which_is_told_once()
    {
        var asked = 0;
        _coordination.OnKeepAlive = (_, _) =>
        {
            Interlocked.Increment(ref asked);
            throw new CoordinationException(CoordinationFault.Unreachable, "no endpoint");
        };
        var granted = await _keeper.AcquireAsync(CancellationToken.None);
        _clock.Advance(TimeToLive / 4);
        Await.That(() => Volatile.Read(ref asked) == 1, "it is renewed");
        _clock.Advance(TimeSpan.FromMilliseconds(250));
        Await.That(() => Volatile.Read(ref asked) == 2, "it is tried again");

        _clock.AdvanceTo(granted.DeadlineBoot - TimeSpan.FromMilliseconds(1));
        _keeper.State.Held.ShouldBeTrue();
        _expired.ShouldBeEmpty();
        _clock.AdvanceTo(granted.DeadlineBoot);
        _keeper.State.Held.ShouldBeFalse();

        Await.That(() => !_expired.IsEmpty, "the end is told");
        _clock.Advance(TimeSpan.FromMinutes(1));
        _expired.ShouldBe([new LeaseState(granted.LeaseId, granted.DeadlineBoot, false)]);
        _keeper.State.ShouldBe(LeaseState.None);
    }

    [Fact]
    public async Task A_renewal_that_hangs_does_not_delay_the_end()
    {
        using var answer = new ManualResetEventSlim();
        using var asked = new ManualResetEventSlim();
        _coordination.OnKeepAlive = (_, _) =>
        {
            asked.Set();
            answer.Wait(Await.Long);
            return TimeToLive;
        };
        var granted = await _keeper.AcquireAsync(CancellationToken.None);
        _clock.Advance(TimeToLive / 4);
        asked.Wait(Await.Long).ShouldBeTrue();

        _clock.AdvanceTo(granted.DeadlineBoot);
        Await.That(() => _expired.Count == 1, "the end is told while the renewal hangs");
        answer.Set();

        // The late answer must not bring back a lease whose holder has been told to stop.
        var next = await _keeper.AcquireAsync(CancellationToken.None);
        next.LeaseId.ShouldNotBe(granted.LeaseId);
        _extended.Select(state => state.LeaseId).Distinct().ShouldBe([granted.LeaseId, next.LeaseId]);
        _extended.Count(state => state.LeaseId == granted.LeaseId).ShouldBe(1);
    }

    [Fact]
    public async Task A_lease_that_is_gone_is_told_at_once()
    {
        _coordination.OnKeepAlive = (_, _) => null;
        var granted = await _keeper.AcquireAsync(CancellationToken.None);

        _clock.Advance(TimeToLive / 4);

        Await.That(() => _expired.Count == 1, "the end is told long before the deadline");
        _expired.Single().LeaseId.ShouldBe(granted.LeaseId);
        _keeper.State.Held.ShouldBeFalse();
    }

    [Fact]
    public async Task A_new_lease_comes_only_after_the_holder_was_told_of_the_end_of_the_last()
    {
        using var stopped = new ManualResetEventSlim();
        _keeper.Expiring += _ => stopped.Wait(Await.Long);
        var granted = await _keeper.AcquireAsync(CancellationToken.None);
        _clock.AdvanceTo(granted.DeadlineBoot);

        var next = _keeper.AcquireAsync(CancellationToken.None);
        Await.That(() => _expired.Count == 1, "the end is being told");
        next.IsCompleted.ShouldBeFalse();
        stopped.Set();

        (await next).Held.ShouldBeTrue();
    }

    [Fact]
    public async Task A_grant_that_takes_longer_than_the_lease_is_not_used()
    {
        _coordination.OnGrant = () => _clock.Advance(TimeToLive);

        var fault = await Should.ThrowAsync<CoordinationException>(() => _keeper.AcquireAsync(CancellationToken.None));

        fault.Fault.ShouldBe(CoordinationFault.Indeterminate);
        _keeper.State.ShouldBe(LeaseState.None);
        _extended.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_released_lease_is_revoked_without_being_told_as_lost()
    {
        var granted = await _keeper.AcquireAsync(CancellationToken.None);

        await _keeper.ReleaseAsync(CancellationToken.None);
        _clock.AdvanceTo(granted.DeadlineBoot + TimeSpan.FromSeconds(1));

        _coordination.Revoked.ShouldBe([granted.LeaseId]);
        (await _keeper.AcquireAsync(CancellationToken.None)).LeaseId.ShouldNotBe(granted.LeaseId);
        _expired.ShouldBeEmpty();
    }

    [Fact]
    public void The_kernels_boot_clock_never_goes_back_and_agrees_with_the_uptime()
    {
        var before = BootClock.Instance.Now;
        var uptime = TimeSpan.FromSeconds(double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0]));
        var after = BootClock.Instance.Now;

        after.ShouldBeGreaterThanOrEqualTo(before);
        uptime.ShouldBeInRange(before - TimeSpan.FromSeconds(1), after + TimeSpan.FromSeconds(1));
    }

    private sealed class ManualBootClock : IBootClock
    {
        private long _ticks = TimeSpan.FromHours(1).Ticks;

        public TimeSpan Now => TimeSpan.FromTicks(Interlocked.Read(ref _ticks));

        public TimeSpan Advance(TimeSpan by) => TimeSpan.FromTicks(Interlocked.Add(ref _ticks, by.Ticks));

        public void AdvanceTo(TimeSpan time) => Interlocked.Exchange(ref _ticks, time.Ticks);
    }
}
