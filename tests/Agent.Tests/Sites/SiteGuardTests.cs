using Holdfast.Agent.Leases;
using Holdfast.Agent.Sites;
using Holdfast.Agent.Tests.Guarding;
using Holdfast.Agent.Tests.Leases;
using Holdfast.Coordination;
using Holdfast.Coordination.InMemory;
using Holdfast.Core.Failover;

namespace Holdfast.Agent.Tests.Sites;

/// <summary>The site's guard: real processes, the real clock, a lease of two seconds.</summary>
[Trait("Speed", "Slow")]
public sealed class SiteGuardTests : IAsyncDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Call = TimeSpan.FromSeconds(5);
    private static readonly SiteKeys Keys = new("grid", "orders");
    private readonly InMemoryCoordination _coordination = new(new InMemoryStore(TimeProvider.System), TimeSpan.FromMilliseconds(50));
    private readonly LeasedMember _member = new("a", "fra");
    private readonly ServerDouble _server;
    private long _record;

    public SiteGuardTests() => _server = new ServerDouble(_member.Spec.Data);

    private static CancellationToken None => CancellationToken.None;

    public async ValueTask DisposeAsync()
    {
        _server.Dispose();
        _member.Dispose();
        await _coordination.DisposeAsync();
    }

    [Fact]
    public async Task A_restarted_agent_that_cannot_renew_leaves_the_old_deadline_which_still_kills()
    {
        using (var before = Duty())
        {
            await TakeAsync(before);
        }

        var armed = _member.Ask(SiteLeaseDuty.GuardName);
        armed.Armed.ShouldBeTrue();
        _coordination.Faults.Unreachable = true;
        using var after = Duty();
        await after.FollowAsync(needed: null, LeasedMember.Running(_server), None);
        await after.FollowAsync(needed: true, LeasedMember.Running(_server), None);
        await Should.ThrowAsync<CoordinationException>(() => after.AcquireAsync(_record, 0, null, LeasedMember.Running(_server), None));
        var found = _member.Ask(SiteLeaseDuty.GuardName);
        (found.Pid, found.DeadlineBoot).ShouldBe((armed.Pid, armed.DeadlineBoot));

        Await.That(() => _server.IsGone, "the server is killed");

        BootClock.Instance.Now.ShouldBeInRange(armed.DeadlineBoot, armed.DeadlineBoot + TimeSpan.FromSeconds(1));
        _member.Engine.Stops.ShouldBe(0, "it was the guard's hand");
    }

    [Fact]
    public async Task A_restarted_agent_takes_the_lease_over_and_moves_the_deadline_until_another_has_the_key()
    {
        using (var before = Duty())
        {
            await TakeAsync(before);
        }

        var first = _member.Ask(SiteLeaseDuty.GuardName).DeadlineBoot;
        using var after = Duty();
        await TakeAsync(after);
        Await.That(() => BootClock.Instance.Now > first + (Lease / 4), "the old deadline is past");
        _server.IsRunning.ShouldBeTrue();
        after.Held.ShouldBeTrue();

        after.NoteKey("fra b", long.MaxValue);
        var last = _member.Ask(SiteLeaseDuty.GuardName).DeadlineBoot;
        after.Expired.ShouldBeTrue();

        // The rules would stop it at once; if they are stuck, the deadline that the guard has stands.
        Await.That(() => _server.IsGone, "the server is killed");
        BootClock.Instance.Now.ShouldBeInRange(last, last + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task The_sites_guard_and_the_primarys_are_two_processes_with_a_deadline_each_and_one_that_is_gone_is_replaced()
    {
        using var duty = Duty();
        await TakeAsync(duty);
        var guard = _member.Guard("guard");
        var primarys = guard.EnsureRunning(Await.Long);
        guard.Arm(BootClock.Instance.Now + TimeSpan.FromMinutes(5), _server.Pid, _server.StartTime, Call);
        var sites = _member.Ask(SiteLeaseDuty.GuardName);
        sites.Pid.ShouldNotBe(primarys.Pid);

        ServerDouble.Kill(sites.Pid);
        // Renewals go on; the pet that finds no guard lets the next look start one.
        Await.That(() => duty.Remaining > Lease * 0.75, "it is renewed without a guard");
        await duty.FollowAsync(needed: true, LeasedMember.Running(_server), None);
        _member.Ask(SiteLeaseDuty.GuardName).Armed.ShouldBeTrue("there is another guard");
        _member.Ask(SiteLeaseDuty.GuardName).Pid.ShouldNotBe(sites.Pid);
        guard.Disarm(Call);
        _member.Ask(SiteLeaseDuty.GuardName).Armed.ShouldBeTrue("each has a deadline of its own");
        guard.Arm(BootClock.Instance.Now + TimeSpan.FromMinutes(5), _server.Pid, _server.StartTime, Call);

        await duty.FollowAsync(needed: false, LeasedMember.Running(_server), None);
        _member.Ask(SiteLeaseDuty.GuardName).Armed.ShouldBeFalse();
        _member.Ask("guard").Armed.ShouldBeTrue();
        _server.IsRunning.ShouldBeTrue();
    }

    private SiteLeaseDuty Duty() => new(
        _coordination, _member.Engine, _member.Guard(SiteLeaseDuty.GuardName), Keys, _member.Spec, Lease, BootClock.Instance, _member.Log);

    private async Task TakeAsync(SiteLeaseDuty duty)
    {
        if (_record == 0)
        {
            _record = (await _coordination.TransactAsync(
                new Transaction([new Condition.Absent(Keys.Record)], [new Operation.Put(Keys.Record, "fra")]), None)).Revision;
        }

        var seen = (await _coordination.ReadAsync(Keys.Lease, None)).Keys.GetValueOrDefault(Keys.Lease);
        var taken = await duty.AcquireAsync(_record, seen?.ModRevision ?? 0, seen is null ? null : "fra", LeasedMember.Running(_server), None);
        taken.ShouldBeTrue();
    }
}
