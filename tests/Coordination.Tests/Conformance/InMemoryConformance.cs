using Holdfast.Coordination.InMemory;

namespace Holdfast.Coordination.Tests.Conformance;

public sealed class InMemoryUnderTest : IStoreUnderTest
{
    private readonly InMemoryStore _store = new(TimeProvider.System);

    public ICoordination Client() => new InMemoryCoordination(_store);

    public (ICoordination Client, Action Cut, Action Heal) FragileClient()
    {
        var client = new InMemoryCoordination(_store);
        return (client, () => client.Faults.Unreachable = true, () => client.Faults.Unreachable = false);
    }

    public Task CompactAsync(long revision)
    {
        _store.Revision.ShouldBe(revision);
        _store.Compact();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

public class InMemoryKeys() : KeysConformance(new InMemoryUnderTest());

public class InMemoryLeaseTests() : LeaseConformance(new InMemoryUnderTest());

public class InMemoryWatches() : WatchConformance(new InMemoryUnderTest());
