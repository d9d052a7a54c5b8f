using Holdfast.Agent.Leases;
using Holdfast.Agent.Loop;
using Holdfast.Agent.Records;
using Holdfast.Agent.Tests.Guarding;
using Holdfast.Agent.Tests.Leases;
using Holdfast.Coordination.InMemory;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Agent.Tests.Loop;

/// <summary>R6 over the in-memory store, with a real guard process and processes in the place of the server.</summary>
[Trait("Speed", "Slow")]
public sealed class LeaseDutyTests : IAsyncDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);
    private static readonly GroupKeys Keys = new("grid", "orders", "fra");
    private static readonly GroupRecord Protected = new()
    {
        Epoch = 1,
        Primary = "a",
        Sync = new SyncRule(["b"], 1),
        Mode = ProtectionMode.ZeroLoss,
        SystemId = "1",
        Lineage = [new LineageEntry(1, 1, Lsn.Zero)],
    };

    private readonly InMemoryCoordination _store = new(new InMemoryStore(TimeProvider.System));
    private readonly LeasedMember _member = new("a", "fra");
    private readonly ServerDouble _server;

    public LeaseDutyTests() => _server = new ServerDouble(_member.Spec.Data);

    private static CancellationToken None => CancellationToken.None;
    private bool Armed => _member.Ask("guard").Armed;
    private EngineView Engine => LeasedMember.Running(_server);

    public async ValueTask DisposeAsync()
    {
        _server.Dispose();
        _member.Dispose();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task A_lease_taken_in_advance_is_kept_by_the_record_that_needs_it_and_given_back_by_the_one_that_does_not()
    {
        using var duty = Duty();
        var seen = await WriteAsync(Protected);
        (await duty.AcquireAsync(seen, Engine, None)).ShouldBeTrue();
        await duty.FollowAsync(await LookAsync(), Engine, wanted: true, None);
        (duty.Held, Armed).ShouldBe((true, true));
        (await LookAsync()).PrimaryLeaseHolder.ShouldBe("a");

        await duty.FollowAsync(await WriteAsync(Alone), Engine, wanted: false, None);
        await duty.FollowAsync(await LookAsync(), Engine, wanted: false, None);
        (duty.Held, Armed).ShouldBe((true, true));

        await DisarmsAsync(duty, await WriteAsync(Protected), Engine);
        (duty.Held, duty.Expired).ShouldBe((false, false));
        (await LookAsync()).PrimaryLeaseExists.ShouldBeFalse();
        (_server.IsRunning, _member.Engine.Stops).ShouldBe((true, 0));
    }

    [Fact]
    public async Task A_guard_that_the_run_before_armed_is_disarmed_once_the_record_has_moved_and_protects()
    {
        using (var before = Duty())
        {
            (await before.AcquireAsync(await WriteAsync(Protected), Engine, None)).ShouldBeTrue();
        }

        using var after = Duty();
        await after.FollowAsync(GroupPicture.Unread, Engine, wanted: false, None);
        for (var look = 0; look < 10; look++)
        {
            await after.FollowAsync(await LookAsync(), Engine, wanted: false, None);
        }

        Armed.ShouldBeTrue("what the run before wrote last may still be on its way");
        await DisarmsAsync(after, await WriteAsync(Protected with { Stamp = 1 }), Engine);
    }

    [Fact]
    public async Task A_guard_that_the_run_before_armed_watches_a_deposed_server_until_it_is_stopped()
    {
        using (var before = Duty())
        {
            (await before.AcquireAsync(await WriteAsync(Alone), Engine, None)).ShouldBeTrue();
        }

        using var after = Duty();
        var deposed = await WriteAsync(Protected with { Epoch = 2, Primary = "b", Sync = new SyncRule(["a"], 1) });
        await after.FollowAsync(deposed, Engine, wanted: false, None);
        Armed.ShouldBeTrue();
        await DisarmsAsync(after, deposed, new EngineView { Process = ProcessState.Stopped });
    }

    /// <summary>A guard that is slow to answer is asked again at the next look.</summary>
    private async Task DisarmsAsync(LeaseDuty duty, GroupPicture seen, EngineView engine)
    {
        for (var look = 0; look < 20 && Armed; look++)
        {
            await duty.FollowAsync(seen, engine, wanted: false, None);
        }

        Armed.ShouldBeFalse();
    }

    private static GroupRecord Alone => Protected with { Sync = SyncRule.None, Mode = ProtectionMode.Unprotected };

    private LeaseDuty Duty() => new(
        _store, _member.Engine, _member.Guard("guard"), Keys, _member.Spec, Lease, BootClock.Instance, _member.Log);

    private async Task<GroupPicture> WriteAsync(GroupRecord record)
    {
        var seen = await LookAsync();
        var write = seen.Record is null ? Transactions.CreateRecord(Keys, record) : Transactions.WriteRecord(Keys, seen, record, []);
        (await _store.TransactAsync(write, None)).Succeeded.ShouldBeTrue();
        var written = await LookAsync();
        written.Record.ShouldNotBeNull(written.Problem);
        return written;
    }

    private async Task<GroupPicture> LookAsync() => PictureReader.Read(Keys, "a", (await _store.ReadAsync(Keys.Prefix, None)).Keys);
}
