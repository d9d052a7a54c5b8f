using System.Collections.Immutable;
using Holdfast.Core.Sites;
using Holdfast.Core.Tests.Oath;

namespace Holdfast.Core.Tests.OathOfSites;

/// <summary>The site lease's key.</summary>
/// <param name="Id">Of the lease that it is bound to.</param>
internal sealed record GlobalLease(string Site, string Member, long Id, long Revision);

/// <summary>All keys of the global scope at one revision.</summary>
internal sealed record GlobalState(
    long Revision, SiteRecord? Record, long RecordRevision, SiteMove? Move, long MoveRevision, GlobalLease? Lease,
    ImmutableSortedDictionary<string, (SiteCard Card, long Revision)> Cards) : IRevisioned
{
    public long CardRevision(string site) => Cards.TryGetValue(site, out var card) ? card.Revision : 0;
}

/// <summary>The scope that both sites share. It knows leases: keys that go when nobody renews them.</summary>
internal sealed class GlobalScope(World world, string host, long leaseMs) : SimScope<GlobalState>(world, host)
{
    private readonly World _world = world;
    private readonly Dictionary<long, long> _leases = [];
    private GlobalState _state = new(
        1, null, 0, null, 0, null, ImmutableSortedDictionary.Create<string, (SiteCard, long)>(StringComparer.Ordinal));

    public override GlobalState State => _state;

    public override bool Apply(string who, Func<GlobalState, GlobalState?> change)
    {
        if (change(_state) is not { } changed)
        {
            return false;
        }

        var before = _state;
        var revision = before.Revision + 1;
        _state = changed with
        {
            Revision = revision,
            RecordRevision = ReferenceEquals(changed.Record, before.Record) ? before.RecordRevision : revision,
            MoveRevision = ReferenceEquals(changed.Move, before.Move) ? before.MoveRevision : revision,
            Lease = changed.Lease is { Revision: < 0 } fresh ? fresh with { Revision = revision } : changed.Lease,
            Cards = changed.Cards.ToImmutableSortedDictionary(
                pair => pair.Key, pair => pair.Value.Revision < 0 ? (pair.Value.Card, revision) : pair.Value, StringComparer.Ordinal),
        };
        if (!ReferenceEquals(_state.Record, before.Record))
        {
            _world.Note(who, $"site record: {_state.Record}");
            ((SitesOath)_world.Oath).SiteRecordWritten(before, _state);
        }

        if (_state.Lease?.Id != before.Lease?.Id)
        {
            _world.Oath.Fault(); // Who held it before may take it once more.
        }

        foreach (var agent in _world.Agents.Values)
        {
            agent.Tell(_state);
        }

        return true;
    }

    /// <summary>Grants a lease and puts the key under it; within <paramref name="state"/>'s transaction.</summary>
    public GlobalState Granted(GlobalState state, string site, string member, long id)
    {
        Extend(id);
        return state with { Lease = new GlobalLease(site, member, id, -1) };
    }

    /// <summary>Null: no answer. False: the lease has ended.</summary>
    public void Renew(string member, long id, Action<bool?> answer)
    {
        var lost = !_world.Calm && _world.Chance(0.05);
        _world.After(_world.Between(1, 20), null, () =>
        {
            bool? renewed = IsReachedBy(member) && !lost ? _leases.ContainsKey(id) : null;
            if (renewed == true)
            {
                Extend(id);
            }

            _world.After(_world.Between(1, 20), member, () => answer(IsReachedBy(member) ? renewed : null));
        });
    }

    private void Extend(long id)
    {
        var until = _world.Now + leaseMs;
        _leases[id] = until;
        _world.After(leaseMs, null, () => Expire(id, until));
    }

    /// <summary>Not before its time; perhaps after it, and not while the cluster is down.</summary>
    private void Expire(long id, long until)
    {
        if (_leases.GetValueOrDefault(id) != until)
        {
            return;
        }

        if (IsDown)
        {
            _world.After(100, null, () => Expire(id, until));
            return;
        }

        _leases.Remove(id);
        if (_state.Lease?.Id == id)
        {
            _world.Note("etcd", $"the site lease of {_state.Lease.Site} has run out");
            Apply("etcd", state => state with { Lease = null });
        }
    }
}
