using System.Collections.Immutable;
using Holdfast.Agent.Loop;
using Holdfast.Agent.Records;
using Holdfast.Coordination;
using Holdfast.Coordination.InMemory;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Agent.Tests.Loop;

/// <summary>The safety of R2 and R3 as it stands in the transactions: what was decided on an old picture must change nothing.</summary>
public sealed class TransactionTests : IAsyncDisposable
{
    private static readonly GroupKeys Keys = new("demo", "orders", "home");
    private readonly InMemoryCoordination _store = new(new InMemoryStore(TimeProvider.System));

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_promise_is_refused_when_the_record_has_changed()
    {
        var seen = await BirthAsync();
        await TakeAsync(Transactions.WriteRecord(Keys, seen, seen.Record! with { Stamp = 1 }, []), expected: true);
        await TakeAsync(Transactions.WritePromise(Keys, seen, "b", PromiseOf("b", 500)), expected: false);
    }

    [Fact]
    public async Task A_promise_that_was_in_flight_while_another_was_withdrawn_cannot_come_to_stand()
    {
        var seen = await BirthAsync();
        var inFlight = Transactions.WritePromise(Keys, seen, "b", PromiseOf("b", 500));
        await TakeAsync(Transactions.WithdrawPromise(Keys, seen, "b", "run-1"), expected: true);
        await TakeAsync(inFlight, expected: false);
        (await LookAsync("b")).Promises.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_election_fails_when_a_promise_that_it_counted_was_withdrawn_meanwhile()
    {
        var seen = await BirthAsync();
        await TakeAsync(Transactions.WritePromise(Keys, seen, "b", PromiseOf("b", 500)), expected: true);
        await TakeAsync(Transactions.WritePromise(Keys, seen, "c", PromiseOf("c", 400)), expected: true);
        var electing = await LookAsync("b");
        electing.Promises.Count.ShouldBe(2);
        await TakeAsync(Transactions.WithdrawPromise(Keys, await LookAsync("c"), "c", "run-1"), expected: true);
        await TakeAsync(Election(electing), expected: false);
        (await LookAsync("b")).Record!.Epoch.ShouldBe(1);
    }

    [Fact]
    public async Task An_election_that_compared_what_still_stands_succeeds_once()
    {
        var seen = await BirthAsync();
        await TakeAsync(Transactions.WritePromise(Keys, seen, "b", PromiseOf("b", 500)), expected: true);
        var electing = await LookAsync("b");
        await TakeAsync(Election(electing), expected: true);
        await TakeAsync(Election(electing), expected: false);
        (await LookAsync("b")).Record!.Primary.ShouldBe("b");
    }

    [Fact]
    public async Task Where_only_time_protects_an_election_fails_while_the_lease_exists()
    {
        var seen = await BirthAsync();
        var lease = await _store.GrantLeaseAsync(TimeSpan.FromSeconds(5), CancellationToken.None);
        await TakeAsync(Transactions.TakeLease(Keys, seen, "a", lease), expected: true);
        await TakeAsync(Transactions.WritePromise(Keys, seen, "b", PromiseOf("b", 500)), expected: true);
        await TakeAsync(Election(await LookAsync("b"), leaseMustBeGone: true), expected: false);
        await _store.RevokeLeaseAsync(lease, CancellationToken.None);
        await TakeAsync(Election(await LookAsync("b"), leaseMustBeGone: true), expected: true);
    }

    [Fact]
    public async Task Where_only_time_protects_an_election_fails_when_the_lease_was_taken_and_ended_meanwhile()
    {
        var seen = await BirthAsync();
        await TakeAsync(Transactions.WritePromise(Keys, seen, "b", PromiseOf("b", 500)), expected: true);
        var late = Election(await LookAsync("b"), leaseMustBeGone: true);
        var lease = await _store.GrantLeaseAsync(TimeSpan.FromSeconds(5), CancellationToken.None);
        await TakeAsync(Transactions.TakeLease(Keys, await LookAsync("a"), "a", lease), expected: true);
        await _store.RevokeLeaseAsync(lease, CancellationToken.None);
        await TakeAsync(late, expected: false);
        await TakeAsync(Election(await LookAsync("b"), leaseMustBeGone: true), expected: true);
    }

    [Fact]
    public async Task A_deposed_primary_cannot_take_the_lease()
    {
        var seen = await BirthAsync();
        await TakeAsync(Transactions.WritePromise(Keys, seen, "b", PromiseOf("b", 500)), expected: true);
        await TakeAsync(Election(await LookAsync("b")), expected: true);
        var lease = await _store.GrantLeaseAsync(TimeSpan.FromSeconds(5), CancellationToken.None);
        await TakeAsync(Transactions.TakeLease(Keys, seen, "a", lease), expected: false);
    }

    private static Promise PromiseOf(string member, ulong lsn) => new(2, member, new LogPosition(1, new Lsn(lsn)));

    private static Transaction Election(GroupPicture seen, bool leaseMustBeGone = false) => Transactions.Elect(Keys, seen, new MemberAction.Elect(
        seen.Record! with { Epoch = 2, Primary = "b", Sync = SyncRule.None, Mode = ProtectionMode.Unprotected }, [.. seen.Promises.Values], leaseMustBeGone));

    private async Task<GroupPicture> BirthAsync()
    {
        var record = new GroupRecord
        {
            Epoch = 1,
            Primary = "a",
            Sync = new SyncRule(["b", "c"], 1),
            Mode = ProtectionMode.ZeroLoss,
            SystemId = "1",
            Lineage = [new LineageEntry(1, 1, Lsn.Zero)],
        };
        await TakeAsync(Transactions.CreateRecord(Keys, record), expected: true);
        await TakeAsync(Transactions.CreateRecord(Keys, record), expected: false);
        return await LookAsync("a");
    }

    private async Task<GroupPicture> LookAsync(string me) => PictureReader.Read(Keys, me, (await _store.ReadAsync(Keys.Prefix, CancellationToken.None)).Keys);

    private async Task TakeAsync(Transaction transaction, bool expected) =>
        (await _store.TransactAsync(transaction, CancellationToken.None)).Succeeded.ShouldBe(expected);
}
