using Holdfast.Agent.Sites;
using Holdfast.Agent.Tests.Leases;
using Holdfast.Coordination;
using Holdfast.Coordination.InMemory;
using Holdfast.Core.Failover;

namespace Holdfast.Agent.Tests.Sites;

/// <summary>Two members of the active site and one of the other; their guards serve one test after the other, and are never armed.</summary>
public sealed class SiteMembers : IDisposable
{
    internal LeasedMember A { get; } = new("a", "fra");
    internal LeasedMember B { get; } = new("b", "fra");
    internal LeasedMember C { get; } = new("c", "ber");

    public void Dispose()
    {
        A.Dispose();
        B.Dispose();
        C.Dispose();
    }
}

/// <summary>Over the in-memory store with a real guard process; the keeper's clock is put forward by the test.</summary>
public sealed class SiteLeaseDutyTests : IClassFixture<SiteMembers>, IAsyncDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);
    private static readonly SiteKeys Keys = new("grid", "orders");
    private readonly InMemoryStore _store = new(TimeProvider.System);
    private readonly InMemoryCoordination _coordination;
    private readonly ShiftedBootClock _clock = new();
    private readonly EngineDouble _a = new();
    private readonly EngineDouble _b = new();
    private readonly SiteLeaseDuty _first;
    private readonly SiteLeaseDuty _second;
    private readonly SiteLeaseDuty _remote;
    private int _renewals;
    private long _recordRevision;

    public SiteLeaseDutyTests(SiteMembers members)
    {
        _coordination = new InMemoryCoordination(_store, TimeSpan.FromMilliseconds(50));
        _coordination.Faults.Inject = Count;
        (_first, _second, _remote) = (DutyOf(members.A, _a), DutyOf(members.B, _b), DutyOf(members.C, new EngineDouble()));
    }

    private static CancellationToken None => CancellationToken.None;

    public async ValueTask DisposeAsync()
    {
        _first.Dispose();
        _second.Dispose();
        _remote.Dispose();
        await _coordination.DisposeAsync();
    }

    [Fact]
    public async Task The_key_names_site_and_member_and_the_deadline_leaves_a_fifth_of_the_lease_to_stop()
    {
        var record = await RecordAsync("fra");
        _first.Remaining.ShouldBeNull();

        (await _first.AcquireAsync(record, 0, null, EngineView.Nothing, None)).ShouldBeTrue();

        (await KeyAsync())!.Text.ShouldBe("fra a");
        SiteLeaseHolder.Parse("fra a").ShouldBe(new SiteLeaseHolder("fra", "a"));
        SiteLeaseHolder.Parse("fra").ShouldBeNull();
        (_first.Held, _first.Expired).ShouldBe((true, false));
        _first.Remaining!.Value.ShouldBeInRange(Lease * 0.6, Lease * 0.8);
    }

    [Fact]
    public async Task What_changed_since_it_was_looked_at_refuses_it_and_the_other_sites_key_is_not_even_asked_for()
    {
        var record = await RecordAsync("fra");
        (await _first.AcquireAsync(0, 0, null, EngineView.Nothing, None)).ShouldBeFalse("there is no site record");
        (await _remote.AcquireAsync(record, 0, null, EngineView.Nothing, None)).ShouldBeTrue();
        var taken = (await KeyAsync())!.ModRevision;
        var before = _store.Revision;

        (await _first.AcquireAsync(record, 0, null, EngineView.Nothing, None)).ShouldBeFalse("the key is there meanwhile");
        (await _first.AcquireAsync(record, taken - 1, "fra", EngineView.Nothing, None)).ShouldBeFalse("the key has changed meanwhile");
        _coordination.Faults.Unreachable = true;
        (await _first.AcquireAsync(record, taken, "ber", EngineView.Nothing, None)).ShouldBeFalse("the other site's key is not taken");
        _coordination.Faults.Unreachable = false;
        await RecordAsync("fra");
        (await _first.AcquireAsync(record, taken, "fra", EngineView.Nothing, None)).ShouldBeFalse("the record has changed meanwhile");

        (await KeyAsync())!.Text.ShouldBe("ber c");
        _store.Revision.ShouldBe(before + 1, "only the record was written");
        _first.Held.ShouldBeFalse();
    }

    [Fact]
    public async Task A_new_primary_of_the_same_site_takes_the_key_over_at_once_and_the_old_one_notices_though_it_could_renew()
    {
        var record = await RecordAsync("fra");
        await TakeAsync(_first, record);
        await TakeAsync(_second, record);
        var key = (await KeyAsync())!;
        key.Text.ShouldBe("fra b");
        _second.NoteKey("fra a", key.ModRevision - 1); // Its own mirror may still lag.
        _second.Held.ShouldBeTrue();
        _first.Held.ShouldBeTrue("it has not been told");

        _first.NoteKey(key.Text, _store.Revision);

        (_first.Held, _first.Expired, _first.Remaining).ShouldBe((false, true, null));
        await _first.FollowAsync(needed: null, EngineView.Nothing, None);
        _first.Expired.ShouldBeTrue("nothing is given up while nothing is known");
        await _first.FollowAsync(needed: false, EngineView.Nothing, None);
        _first.Expired.ShouldBeFalse();
        await _first.ReleaseAsync(None);
        (await KeyAsync()).ShouldBe(key, "the key is the new primary's");
        _renewals = 0;
        _clock.Advance(Lease / 4);
        Await.That(() => _second.Remaining > Lease * 0.6, "the new primary renews");
        _renewals.ShouldBe(1, "and it alone");
        _a.Stops.ShouldBe(0, "the rules stop a deposed primary");
    }

    [Fact]
    public async Task A_key_that_is_gone_ends_the_lease_at_once_for_the_other_site_may_take_over()
    {
        var record = await RecordAsync("fra");
        var empty = _store.Revision;
        await TakeAsync(_first, record);
        _first.NoteKey(null, empty);
        _first.NoteKey("fra a", _store.Revision);
        _first.Held.ShouldBeTrue();

        _store.ExpireLease((await KeyAsync())!.Lease).ShouldBeTrue();
        _first.NoteKey(null, _store.Revision);

        (_first.Held, _first.Expired).ShouldBe((false, true));
    }

    [Theory]
    [InlineData(InMemoryFault.Unreachable)]
    [InlineData(InMemoryFault.LostRequest)]
    public async Task While_coordination_does_not_answer_it_is_asked_again_until_the_deadline_and_then_the_server_is_stopped(InMemoryFault fault)
    {
        await TakeAsync(_first, await RecordAsync("fra"));
        _coordination.Faults.Inject = (call, transaction) =>
        {
            Count(call, transaction);
            return call == InMemoryCall.Read ? InMemoryFault.None : fault;
        };
        _clock.Advance(Lease / 4);
        Await.That(() => Volatile.Read(ref _renewals) == 1, "it is renewed");
        _clock.Advance(TimeSpan.FromMilliseconds(250));
        Await.That(() => Volatile.Read(ref _renewals) >= 2, "it is tried again");
        (_first.Held, _a.Stops).ShouldBe((true, 0));

        _clock.Advance(_first.Remaining!.Value);

        Await.That(() => _a.Stops == 1, "the server is stopped");
        (_first.Held, _first.Expired, _first.Remaining).ShouldBe((false, true, null));
        await Should.ThrowAsync<CoordinationException>(() => TakeAsync(_first, _recordRevision));
        _first.Expired.ShouldBeTrue();
        _coordination.Faults.Inject = null;
        await TakeAsync(_first, _recordRevision);
        (_first.Held, _first.Expired, _a.Stops).ShouldBe((true, false, 1));
    }

    [Fact]
    public async Task Letting_go_leaves_the_key_to_a_successor_and_releasing_takes_it_away()
    {
        var record = await RecordAsync("fra");
        await TakeAsync(_first, record);
        await _first.FollowAsync(needed: null, EngineView.Nothing, None);
        _first.Held.ShouldBeTrue();

        await _first.FollowAsync(needed: false, EngineView.Nothing, None);

        (_first.Held, _first.Expired).ShouldBe((false, false));
        (await KeyAsync())!.Text.ShouldBe("fra a");
        _clock.Advance(Lease);
        await TakeAsync(_second, record);
        await _second.ReleaseAsync(None);
        (await KeyAsync()).ShouldBeNull();
        (_second.Held, _second.Expired, _a.Stops, _b.Stops).ShouldBe((false, false, 0, 0));
    }

    [Fact]
    public async Task A_key_taken_without_an_answer_is_found_again_or_left_to_end()
    {
        var record = await RecordAsync("fra");
        _coordination.Faults.Inject = (call, _) => call == InMemoryCall.Transact ? InMemoryFault.LostAnswer : InMemoryFault.None;
        await Should.ThrowAsync<CoordinationException>(() => TakeAsync(_first, record));
        await Should.ThrowAsync<CoordinationException>(() => TakeAsync(_second, record));
        _coordination.Faults.Inject = Count;
        (_first.Held, _second.Held).ShouldBe((false, false));
        (await KeyAsync())!.Text.ShouldBe("fra b", "both were done");

        await TakeAsync(_first, record);
        await _second.FollowAsync(needed: false, EngineView.Nothing, None);
        _renewals = 0;
        _clock.Advance(Lease / 4);

        Await.That(() => _first.Remaining > Lease * 0.6, "the one that holds it renews");
        _renewals.ShouldBe(1, "what was left to end is not renewed");
    }

    private InMemoryFault Count(InMemoryCall call, Transaction? transaction)
    {
        if (call == InMemoryCall.KeepAlive)
        {
            Interlocked.Increment(ref _renewals);
        }

        return InMemoryFault.None;
    }

    private SiteLeaseDuty DutyOf(LeasedMember member, EngineDouble engine) => new(
        _coordination, engine, member.Guard(SiteLeaseDuty.GuardName), Keys, member.Spec, Lease, _clock, member.Log);

    private async Task<long> RecordAsync(string active)
    {
        Condition before = _recordRevision == 0 ? new Condition.Absent(Keys.Record) : new Condition.Unchanged(Keys.Record, _recordRevision);
        var result = await _coordination.TransactAsync(new Transaction([before], [new Operation.Put(Keys.Record, active)]), None);
        result.Succeeded.ShouldBeTrue();
        return _recordRevision = result.Revision;
    }

    private async Task<KeyValue?> KeyAsync() => (await _coordination.ReadAsync(Keys.Lease, None)).Keys.GetValueOrDefault(Keys.Lease);

    /// <summary>As the loop does: by what is seen in the store.</summary>
    private async Task TakeAsync(SiteLeaseDuty duty, long record)
    {
        var seen = await KeyAsync();
        var taken = await duty.AcquireAsync(
            record, seen?.ModRevision ?? 0, seen is null ? null : SiteLeaseHolder.Parse(seen.Text)!.Site, EngineView.Nothing, None);
        taken.ShouldBeTrue();
    }
}
