using System.Collections.Immutable;
using Holdfast.Agent.Records;
using Holdfast.Coordination;
using Holdfast.Coordination.InMemory;
using Holdfast.Core.Failover;
using Holdfast.Simulation.Time;

namespace Holdfast.Simulation.Coordination;

/// <summary>Coordination as it truly is: the store, whether it has a majority and a leader, and what stands in the group's keys.</summary>
internal sealed class SimCluster
{
    private readonly World _world;
    private KeyValue? _record;

    public SimCluster(World world, GroupKeys keys)
    {
        _world = world;
        Keys = keys;
        Store = new InMemoryStore(new StoreClock(world.Schedule));
        Store.Applied += Follow;
    }

    public GroupKeys Keys { get; }
    public InMemoryStore Store { get; }

    /// <summary>What the keys say now.</summary>
    public GroupPicture Truth { get; private set; } = GroupPicture.Unread;

    /// <summary>A majority has been lost: nothing is answered, nothing is done.</summary>
    public bool IsDown { get; set; }

    /// <summary>There is no leader until then: calls wait or fail, watches end. In ms.</summary>
    public long LeaderlessUntil { get; private set; }

    /// <summary>Rises whenever all watches are to be made anew.</summary>
    public int Term { get; private set; }

    /// <summary>Something has changed.</summary>
    public event Action? Changed;

    public bool Answers => !IsDown && LeaderlessUntil <= _world.Now;

    public void LoseLeader(long untilMs)
    {
        LeaderlessUntil = untilMs;
        Term++;
    }

    public void Compact()
    {
        Store.Compact();
        Term++;
    }

    /// <summary>An operator's write, which is always done at once.</summary>
    public bool Write(Transaction transaction) => Store.Transact(transaction).Succeeded;

    private void Follow(ImmutableSortedDictionary<string, KeyValue> keys, IReadOnlyCollection<Operation> done)
    {
        if (done.All(operation => operation.Key == Keys.Pulse))
        {
            Changed?.Invoke();
            return;
        }

        var before = Truth.Record;
        Truth = PictureReader.Read(Keys, "", keys);
        if (keys.GetValueOrDefault(Keys.Record) is var record && !ReferenceEquals(record, _record))
        {
            _record = record;
            _world.Note("etcd", $"record: {Describe(Truth.Record)}");
            _world.Oath.RecordWritten(before, Truth.Record);
        }

        Changed?.Invoke();
    }

    private static string Describe(GroupRecord? record) => record is null
        ? "none"
        : $"epoch {record.Epoch}, primary {record.Primary}, {record.Sync}, {record.Mode}, " +
            $"lineage {string.Join(" ", record.Lineage)}{(record.Paused ? ", paused" : "")}";
}
