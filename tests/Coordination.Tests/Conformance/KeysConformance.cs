using System.Security.Cryptography;

namespace Holdfast.Coordination.Tests.Conformance;

public abstract class KeysConformance(IStoreUnderTest store) : Conformance(store)
{
    [Fact]
    public async Task An_empty_prefix_reads_as_no_keys_at_a_revision()
    {
        var snapshot = await Client.ReadAsync(Prefix, Cancel);
        snapshot.Keys.ShouldBeEmpty();
        snapshot.Revision.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_read_sees_exactly_the_keys_under_its_prefix()
    {
        await DoAsync(new Operation.Put(Prefix + "a/1", "x"), new Operation.Put(Prefix + "a/2", "y"), new Operation.Put(Prefix + "a", "n"),
            new Operation.Put(Prefix + "a0", "n"));
        (await Client.ReadAsync(Prefix + "a/", Cancel)).Keys.Keys.ShouldBe([Prefix + "a/1", Prefix + "a/2"]);
    }

    [Fact]
    public async Task Any_bytes_and_any_characters_survive()
    {
        var bytes = Enumerable.Range(0, 256).Select(number => (byte)number).ToArray();
        await DoAsync(new Operation.Put(Prefix + "schlüssel/ключ/🔑\"\\", bytes),
            new Operation.Put(Prefix + "none", ReadOnlyMemory<byte>.Empty));
        (await GetAsync("schlüssel/ключ/🔑\"\\"))!.Value.ToArray().ShouldBe(bytes);
        (await GetAsync("none"))!.Value.Length.ShouldBe(0);
    }

    [Fact]
    public async Task A_value_of_a_megabyte_survives()
    {
        var bytes = RandomNumberGenerator.GetBytes(1 << 20);
        await DoAsync(new Operation.Put(Prefix + "large", bytes));
        (await GetAsync("large"))!.Value.Span.SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public async Task A_value_beyond_the_limit_is_rejected_and_not_stored()
    {
        (await FaultOf(() => DoAsync(new Operation.Put(Prefix + "huge", new byte[1600 * 1024])))).ShouldBe(CoordinationFault.Rejected);
        (await GetAsync("huge")).ShouldBeNull();
    }

    [Fact]
    public async Task Revisions_rise_with_each_change_and_are_shared_by_all_keys_of_a_transaction()
    {
        var first = await DoAsync(new Operation.Put(Prefix + "a", "1"), new Operation.Put(Prefix + "b", "1"));
        var second = await PutAsync("a", "2");
        second.Revision.ShouldBe(first.Revision + 1);
        var (a, b) = ((await GetAsync("a"))!, (await GetAsync("b"))!);
        (a.CreateRevision, a.ModRevision, a.Text).ShouldBe((first.Revision, second.Revision, "2"));
        (b.CreateRevision, b.ModRevision, b.Lease).ShouldBe((first.Revision, first.Revision, 0));
    }

    [Fact]
    public async Task Absent_holds_only_for_a_key_that_does_not_exist()
    {
        (await TryAsync(new Condition.Absent(Prefix + "a"), "1")).ShouldBeTrue();
        (await TryAsync(new Condition.Absent(Prefix + "a"), "2")).ShouldBeFalse();
        (await GetAsync("a"))!.Text.ShouldBe("1");
        await DoAsync(new Operation.Delete(Prefix + "a"));
        (await TryAsync(new Condition.Absent(Prefix + "a"), "3")).ShouldBeTrue();
    }

    [Fact]
    public async Task Unchanged_holds_only_at_the_very_revision()
    {
        var first = await PutAsync("a", "1");
        var second = await PutAsync("a", "2");
        (await TryAsync(new Condition.Unchanged(Prefix + "a", first.Revision), "3")).ShouldBeFalse();
        (await TryAsync(new Condition.Unchanged(Prefix + "a", second.Revision), "3")).ShouldBeTrue();
        (await TryAsync(new Condition.Unchanged(Prefix + "b", second.Revision), "3")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_deleted_and_recreated_key_is_not_unchanged()
    {
        var first = await PutAsync("a", "1");
        await DoAsync(new Operation.Delete(Prefix + "a"));
        await PutAsync("a", "1");
        (await TryAsync(new Condition.Unchanged(Prefix + "a", first.Revision), "2")).ShouldBeFalse();
    }

    [Fact]
    public async Task If_one_of_several_conditions_fails_nothing_is_done()
    {
        var record = await PutAsync("record", "1");
        var promise = await PutAsync("promise", "1");
        await PutAsync("promise", "2");
        var election = new Transaction(
            [new Condition.Unchanged(Prefix + "record", record.Revision), new Condition.Unchanged(Prefix + "promise", promise.Revision),
                new Condition.Absent(Prefix + "other")],
            [new Operation.Put(Prefix + "record", "2"), new Operation.Delete(Prefix + "promise"),
                new Operation.Put(Prefix + "other", "x")]);
        var before = (await Client.ReadAsync(Prefix, Cancel)).Revision;

        var result = await Client.TransactAsync(election, Cancel);

        (result.Succeeded, result.Revision).ShouldBe((false, before));
        (await Client.ReadAsync(Prefix, Cancel)).Keys.Values.Select(key => key.Text).ShouldBe(["2", "1"]);
    }

    [Fact]
    public async Task Deleting_what_is_not_there_succeeds_and_changes_no_revision()
    {
        var before = (await Client.ReadAsync(Prefix, Cancel)).Revision;
        (await DoAsync(new Operation.Delete(Prefix + "nothing"))).ShouldBe(new TransactionResult(true, before));
    }

    [Fact]
    public async Task A_key_twice_in_one_transaction_is_rejected()
    {
        (await FaultOf(() => DoAsync(new Operation.Put(Prefix + "a", "1"), new Operation.Put(Prefix + "a", "2"))))
            .ShouldBe(CoordinationFault.Rejected);
        (await FaultOf(() => DoAsync(new Operation.Put(Prefix + "a", "1"), new Operation.Delete(Prefix + "a"))))
            .ShouldBe(CoordinationFault.Rejected);
        (await GetAsync("a")).ShouldBeNull();
    }

    [Fact]
    public async Task An_empty_key_and_too_many_operations_are_rejected()
    {
        (await FaultOf(() => DoAsync(new Operation.Put("", "1")))).ShouldBe(CoordinationFault.Rejected);
        var many = Enumerable.Range(0, 129).Select(number => (Operation)new Operation.Put($"{Prefix}{number}", "1")).ToArray();
        (await FaultOf(() => DoAsync(many))).ShouldBe(CoordinationFault.Rejected);
    }

    [Fact]
    public async Task Comparing_with_revision_zero_is_a_mistake_of_the_caller() =>
        await Should.ThrowAsync<ArgumentException>(() => Client.TransactAsync(When(new Condition.Unchanged(Prefix + "a", 0)), Cancel));

    [Fact]
    public async Task Racing_increments_by_compare_and_swap_lose_none()
    {
        const int Racers = 8;
        const int Each = 25;
        await PutAsync("counter", "0");
        await Task.WhenAll(Enumerable.Range(0, Racers).Select(_ => IncrementAsync(NewClient(), Each)));
        (await GetAsync("counter"))!.Text.ShouldBe((Racers * Each).ToString());
    }

    [Fact]
    public async Task A_cancelled_call_ends_at_once()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => Client.ReadAsync(Prefix, cancelled.Token));
    }

    /// <summary>Puts under a condition; true: it held.</summary>
    private async Task<bool> TryAsync(Condition condition, string value) =>
        (await Client.TransactAsync(When(condition, new Operation.Put(condition.Key, value)), Cancel)).Succeeded;

    private async Task IncrementAsync(ICoordination client, int times)
    {
        for (var done = 0; done < times;)
        {
            var counter = (await client.ReadAsync(Prefix + "counter", Cancel)).Keys[Prefix + "counter"];
            var next = new Operation.Put(counter.Key, (int.Parse(counter.Text) + 1).ToString());
            var result = await client.TransactAsync(When(new Condition.Unchanged(counter.Key, counter.ModRevision), next), Cancel);
            done += result.Succeeded ? 1 : 0;
        }
    }
}
