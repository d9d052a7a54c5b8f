using Holdfast.Coordination.InMemory;

namespace Holdfast.Coordination.Tests.InMemory;

public sealed class FaultTests : IAsyncDisposable
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(1);
    private readonly FakeTime _time = new();
    private readonly InMemoryStore _store;
    private readonly InMemoryCoordination _client;

    public FaultTests()
    {
        _store = new InMemoryStore(_time);
        _client = new InMemoryCoordination(_store, RequestTimeout);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(InMemoryFault.LostRequest, false, false)]
    [InlineData(InMemoryFault.LostAnswer, true, true)]
    [InlineData(InMemoryFault.DoneLater, false, true)]
    public async Task A_write_in_doubt_is_done_never_at_once_or_later(InMemoryFault fault, bool whenTheCallFails, bool inTheEnd)
    {
        _client.Faults.Inject = (call, transaction) =>
            call == InMemoryCall.Transact && transaction is not null ? fault : InMemoryFault.None;
        var write = WriteAsync();
        write.IsCompleted.ShouldBeFalse();
        _time.Advance(RequestTimeout);

        (await Should.ThrowAsync<CoordinationException>(() => write)).Fault.ShouldBe(CoordinationFault.Indeterminate);

        (await ExistsAsync()).ShouldBe(whenTheCallFails);
        _time.Advance(10 * RequestTimeout);
        (await ExistsAsync()).ShouldBe(inTheEnd);
    }

    [Fact]
    public async Task A_delay_postpones_the_effect_and_beyond_the_timeout_there_is_none()
    {
        _client.Faults.Delay = RequestTimeout / 2;
        var write = WriteAsync();
        (await new InMemoryCoordination(_store).ReadAsync("a", Cancel)).Keys.ShouldBeEmpty();
        _time.Advance(RequestTimeout / 2);
        (await write).Succeeded.ShouldBeTrue();

        _client.Faults.Delay = RequestTimeout;
        var before = _store.Revision;
        write = WriteAsync();
        _time.Advance(RequestTimeout);
        (await Should.ThrowAsync<CoordinationException>(() => write)).Fault.ShouldBe(CoordinationFault.Indeterminate);
        _time.Advance(RequestTimeout);
        _store.Revision.ShouldBe(before);
    }

    [Fact]
    public async Task Unreachable_fails_at_once_and_does_nothing()
    {
        _client.Faults.Unreachable = true;
        (await Should.ThrowAsync<CoordinationException>(WriteAsync)).Fault.ShouldBe(CoordinationFault.Unreachable);
        _client.Faults.Unreachable = false;
        (await ExistsAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task Leases_follow_the_given_clock()
    {
        var lease = await _client.GrantLeaseAsync(TimeSpan.FromSeconds(2), Cancel);
        await _client.TransactAsync(new Transaction([], [new Operation.Put("a", "x", lease)]), Cancel);
        _time.Advance(TimeSpan.FromSeconds(1.9));
        _client.KeepAlive(lease, RequestTimeout).ShouldBe(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(1.9));
        (await ExistsAsync()).ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        (await ExistsAsync()).ShouldBeFalse();
        _client.KeepAlive(lease, RequestTimeout).ShouldBeNull();
    }

    [Fact]
    public async Task Out_of_space_rejects_puts_and_allows_deletes()
    {
        await WriteAsync();
        _store.OutOfSpace = true;
        (await Should.ThrowAsync<CoordinationException>(WriteAsync)).Fault.ShouldBe(CoordinationFault.Rejected);
        (await _client.TransactAsync(new Transaction([], [new Operation.Delete("a")]), Cancel)).Succeeded.ShouldBeTrue();
    }

    private Task<TransactionResult> WriteAsync() => _client.TransactAsync(new Transaction([], [new Operation.Put("a", "x")]), Cancel);

    private async Task<bool> ExistsAsync()
    {
        await using var other = new InMemoryCoordination(_store);
        return (await other.ReadAsync("a", Cancel)).Keys.ContainsKey("a");
    }
}
