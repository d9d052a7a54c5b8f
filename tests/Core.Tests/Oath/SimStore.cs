using System.Collections.Immutable;
using Holdfast.Core.Failover;

namespace Holdfast.Core.Tests.Oath;

/// <summary>All keys of the group at one revision.</summary>
internal sealed record StoreState(
    long Revision, GroupRecord? Record, long RecordRevision, ImmutableSortedDictionary<string, Promise> Promises,
    ImmutableSortedDictionary<string, long> Guards, (string Id, RequestKind Kind, string? Target)? Request, string? LeaseHolder);

/// <summary>How a call to coordination ended.</summary>
internal enum CallEnd
{
    Done,
    /// <summary>A condition did not hold.</summary>
    Conflict,
    /// <summary>Nothing was sent.</summary>
    Unreachable,
    /// <summary>No answer: it may have been done, or may yet be.</summary>
    InDoubt,
}

/// <summary>Coordination: linearizable, with calls that get lost, answers that get lost, and calls that take effect long after they were given up.</summary>
internal sealed class SimStore(World world)
{
    private const int TimeoutMs = 250;
    private long _leaseUntil;

    public StoreState State { get; private set; } = new(1, null, 0, Empty<Promise>(), Empty<long>(), null, null);
    /// <summary>When each agent was last heard by coordination.</summary>
    public Dictionary<string, long> Presence { get; } = new(StringComparer.Ordinal);

    /// <summary>Changes the state at once; also for the operator's hand. Null from <paramref name="change"/>: a condition does not hold.</summary>
    public bool Apply(string who, Func<StoreState, StoreState?> change)
    {
        if (change(State) is not { } changed)
        {
            return false;
        }

        var before = State;
        var revision = before.Revision + 1;
        State = changed with
        {
            Revision = revision,
            RecordRevision = changed.Record == before.Record ? before.RecordRevision : revision,
            Promises = changed.Promises.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Revision < 0 ? pair.Value with { Revision = revision } : pair.Value, StringComparer.Ordinal),
            Guards = changed.Guards.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value < 0 ? revision : pair.Value, StringComparer.Ordinal),
        };
        if (State.Record != before.Record)
        {
            world.Note(who, $"record: {Describe(State.Record)}");
            world.Oath.RecordWritten(before.Record, State.Record);
        }

        foreach (var agent in world.Agents.Values)
        {
            agent.Tell(State);
        }

        return true;
    }

    /// <summary>A transaction by an agent.</summary>
    public void Call(string member, Func<StoreState, StoreState?> change, Action<CallEnd, StoreState> answer)
    {
        if (!world.Network.ReachesCoordination(member))
        {
            world.After(world.Between(1, TimeoutMs), member, () => answer(CallEnd.Unreachable, State));
            return;
        }

        var fate = world.Calm ? 1 : world.Random.NextDouble();
        if (fate < world.Oath.Weather.LateCalls)
        {
            // Given up by its sender, and done later, if coordination is there then.
            world.After(world.Between(0, 2_500), null, () =>
            {
                if (!world.Network.CoordinationDown && Apply($"{member}~", change))
                {
                    world.Note(member, "a call in flight has taken effect late");
                    world.Oath.Fault();
                }
            });
            world.After(TimeoutMs, member, () => answer(CallEnd.InDoubt, State));
            return;
        }

        world.After(world.Between(1, 10), null, () =>
        {
            var reached = world.Network.ReachesCoordination(member);
            var done = reached && Apply(member, change);
            var after = State;
            var heard = reached && fate > world.Oath.Weather.LateCalls + 0.02;
            world.After(heard ? world.Between(1, 10) : TimeoutMs, member, () => answer(!heard ? CallEnd.InDoubt : done ? CallEnd.Done : CallEnd.Conflict, after));
        });
    }

    public void RenewPresence(string member)
    {
        if (world.Network.ReachesCoordination(member))
        {
            Presence[member] = world.Now;
        }
    }

    /// <summary>Grants or renews the primary's lease. The holder counts its deadline from before it asked.</summary>
    /// <param name="recordRevision">Of the record on which it was decided: who has been deposed gets no lease.</param>
    public void Lease(string member, long recordRevision, Action<bool> answer) =>
        Call(member, state => state.RecordRevision == recordRevision && (state.LeaseHolder is null || state.LeaseHolder == member) ? Granted(state, member) : null, (end, _) => answer(end == CallEnd.Done));

    private StoreState Granted(StoreState state, string member)
    {
        _leaseUntil = world.Now + (long)world.Group.Timing.Lease.TotalMilliseconds;
        var until = _leaseUntil;
        world.After(until - world.Now, null, () => Expire(until));
        return state with { LeaseHolder = member };
    }

    private void Expire(long until)
    {
        if (_leaseUntil == until && State.LeaseHolder is not null)
        {
            world.Note("etcd", $"the lease of {State.LeaseHolder} has run out");
            Apply("etcd", state => state with { LeaseHolder = null });
        }
    }

    private static string Describe(GroupRecord? record) =>
        record is null ? "none"
        : $"epoch {record.Epoch}, primary {record.Primary}, {record.Sync}, {record.Mode}, lineage {string.Join(" ", record.Lineage)}{(record.Paused ? ", paused" : "")}";

    private static ImmutableSortedDictionary<string, T> Empty<T>() => ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);
}
