using Holdfast.Agent.Leases;
using Holdfast.Agent.Logging;
using Holdfast.Agent.Records;
using Holdfast.Coordination.InMemory;

namespace Holdfast.Agent.Tests.Leases;

/// <summary>A member's agent is announced before it decides anything.</summary>
public sealed class PresenceTests : IAsyncDisposable
{
    private static readonly GroupKeys Keys = new("grid", "orders", "fra");
    private readonly InMemoryCoordination _store = new(new InMemoryStore(TimeProvider.System), TimeSpan.FromMilliseconds(50));
    private readonly EventLog _log = new(Stream.Null, Stream.Null, TimeProvider.System, "a", priorityPrefixes: false);

    public async ValueTask DisposeAsync()
    {
        _log.Dispose();
        await _store.DisposeAsync();
    }

    [Theory]
    [InlineData(InMemoryFault.LostAnswer)] // it is announced, and was not told
    [InlineData(InMemoryFault.LostRequest)]
    [Trait("Speed", "Slow")]
    public async Task It_enters_also_when_the_answer_to_its_first_announcement_is_lost(InMemoryFault fault)
    {
        var faults = 1;
        _store.Faults.Inject = (call, _) =>
            call == InMemoryCall.Transact && Interlocked.Exchange(ref faults, 0) == 1 ? fault : InMemoryFault.None;
        using var presence = new Presence(_store, Keys, "a", "/data", "run-1", TimeSpan.FromMinutes(1), _log, TimeProvider.System, BootClock.Instance);
        var entered = 0;
        presence.Entered += () => Interlocked.Increment(ref entered);
        using var stop = new CancellationTokenSource();

        var running = presence.RunAsync(stop.Token);
        Await.That(() => presence.Announced && Volatile.Read(ref entered) > 0, "it is announced");

        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
        entered.ShouldBe(1);
    }
}
