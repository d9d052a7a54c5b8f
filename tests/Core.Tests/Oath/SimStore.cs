using System.Collections.Immutable;
using Holdfast.Core.Failover;

namespace Holdfast.Core.Tests.Oath;

/// <summary>All keys of the group at one revision.</summary>
internal sealed record StoreState(
    long Revision, GroupRecord? Record, long RecordRevision, ImmutableSortedDictionary<string, Promise> Promises,
    ImmutableSortedDictionary<string, long> Guards, (string Id, RequestKind Kind, string? Target)? Request, string? LeaseHolder) : IRevisioned;

/// <summary>The scope of one group.</summary>
internal sealed class SimStore(World world, SimSite site, string host) : SimScope<StoreState>(world, host)
{
    private readonly World _world = world;
    private StoreState _state = new(1, null, 0, Empty<Promise>(), Empty<long>(), null, null);
    private long _leaseUntil;

    public override StoreState State => _state;
    /// <summary>When each agent was last heard by coordination.</summary>
    public Dictionary<string, long> Presence { get; } = new(StringComparer.Ordinal);

    public override bool Apply(string who, Func<StoreState, StoreState?> change)
    {
        if (change(State) is not { } changed)
        {
            return false;
        }

        var before = State;
        var revision = before.Revision + 1;
        _state = changed with
        {
            Revision = revision,
            RecordRevision = changed.Record == before.Record ? before.RecordRevision : revision,
            Promises = changed.Promises.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value.Revision < 0 ? pair.Value with { Revision = revision } : pair.Value, StringComparer.Ordinal),
            Guards = changed.Guards.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value < 0 ? revision : pair.Value, StringComparer.Ordinal),
        };
        if (State.Record != before.Record)
        {
            _world.Note(who, $"record: {Describe(State.Record)}");
            _world.Oath.RecordWritten(site, before.Record, State.Record);
        }

        foreach (var agent in site.Agents)
        {
            agent.Tell(State);
        }

        return true;
    }

    public void RenewPresence(string member)
    {
        if (IsReachedBy(member))
        {
            Presence[member] = _world.Now;
        }
    }

    /// <summary>Grants or renews the primary's lease. The holder counts its deadline from before it asked.</summary>
    /// <param name="recordRevision">Of the record on which it was decided: who has been deposed gets no lease.</param>
    public void Lease(string member, long recordRevision, Action<bool> answer) =>
        Call(member, state => state.RecordRevision == recordRevision && (state.LeaseHolder is null || state.LeaseHolder == member) ? Granted(state, member) : null, (end, _) => answer(end == CallEnd.Done));

    private StoreState Granted(StoreState state, string member)
    {
        _leaseUntil = _world.Now + (long)site.Group.Timing.Lease.TotalMilliseconds;
        var until = _leaseUntil;
        _world.After(until - _world.Now, null, () => Expire(until));
        return state with { LeaseHolder = member };
    }

    private void Expire(long until)
    {
        if (_leaseUntil == until && State.LeaseHolder is not null)
        {
            _world.Note("etcd", $"the lease of {State.LeaseHolder} has run out");
            Apply("etcd", state => state with { LeaseHolder = null });
        }
    }

    private static string Describe(GroupRecord? record) =>
        record is null ? "none"
        : $"epoch {record.Epoch}, primary {record.Primary}, {record.Sync}, {record.Mode}, lineage {string.Join(" ", record.Lineage)}{(record.Paused ? ", paused" : "")}";

    private static ImmutableSortedDictionary<string, T> Empty<T>() => ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);
}
