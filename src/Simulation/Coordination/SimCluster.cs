using System.Collections.Immutable;
using Holdfast.Coordination;
using Holdfast.Coordination.InMemory;
using Holdfast.Simulation.Servers;
using Holdfast.Simulation.Time;

namespace Holdfast.Simulation.Coordination;

/// <summary>
/// A cluster of coordination as it truly is: the store, and whether it has a majority and a leader. Its replicas are hosts of the network, so a cut
/// or the loss of a site takes from it what it takes in reality.
/// </summary>
internal sealed class SimCluster
{
    private readonly World _world;
    private readonly HashSet<string> _lost = new(StringComparer.Ordinal);
    private readonly List<Action<ImmutableSortedDictionary<string, KeyValue>, IReadOnlyCollection<Operation>>> _followers = [];
    private string _leader;

    /// <param name="name">For the faults and the trace.</param>
    /// <param name="replicas">Names of hosts; one: the cluster is a single point, which fails as a whole.</param>
    /// <param name="distance">So many ms more each message takes, at most.</param>
    public SimCluster(World world, string name, ImmutableArray<string> replicas, int distance = 0)
    {
        (_world, Name, Replicas, Distance, _leader) = (world, name, replicas, distance, replicas[0]);
        Store = new InMemoryStore(new StoreClock(world.Schedule));
        Store.Applied += (keys, done) =>
        {
            _followers.ForEach(follower => follower(keys, done));
            Changed?.Invoke();
        };
    }

    public string Name { get; }
    public ImmutableArray<string> Replicas { get; }
    public int Distance { get; }
    public InMemoryStore Store { get; }

    /// <summary>A majority has been lost: nothing is answered, nothing is done.</summary>
    public bool IsDown { get; set; }

    /// <summary>There is no leader until then: calls wait or fail, watches end. In ms.</summary>
    public long LeaderlessUntil { get; private set; }

    /// <summary>Rises whenever all watches are to be made anew.</summary>
    public int Term { get; private set; }

    /// <summary>Something has changed.</summary>
    public event Action? Changed;

    public bool Answers => !IsDown && LeaderlessUntil <= _world.Now && HasMajority();

    /// <summary>Told of what was written, before anybody else.</summary>
    public void Follow(Action<ImmutableSortedDictionary<string, KeyValue>, IReadOnlyCollection<Operation>> follower) => _followers.Add(follower);

    /// <summary>A connection can be had: to any replica that is in touch with the leader.</summary>
    public bool Connects(string host) => Replicas.Length == 1
        ? !_lost.Contains(Replicas[0]) && _world.Network.Connects(host, Replicas[0])
        : Replicas.Any(replica => Stands(replica, _leader) && _world.Network.Connects(host, replica));

    public bool IsReachedBy(string host) => Answers && Connects(host);

    public int DelayTo(string host) => _world.Network.ExtraDelay(host, Replicas[0], _world.Random);

    public void Lose(string replica)
    {
        if (Replicas.Contains(replica))
        {
            _lost.Add(replica);
        }
    }

    public void Return(string replica) => _lost.Remove(replica);

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

    /// <summary>The leader stands as long as it is in touch with a majority; else another that is takes over, after an election.</summary>
    private bool HasMajority()
    {
        if (Replicas.Length == 1)
        {
            return !_lost.Contains(Replicas[0]);
        }

        if (Leads(_leader))
        {
            return true;
        }

        if (Replicas.FirstOrDefault(Leads) is not { } next)
        {
            return false;
        }

        _leader = next;
        _world.Note(Name, $"{next} leads now");
        LoseLeader(_world.Now + _world.Between(100, 1_000));
        return false;
    }

    private bool Leads(string replica) => Replicas.Count(other => Stands(other, replica)) * 2 > Replicas.Length;

    private bool Stands(string replica, string leader) =>
        !_lost.Contains(replica) && !_lost.Contains(leader) && _world.Network.Connects(replica, leader);
}
