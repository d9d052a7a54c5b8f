using Holdfast.Agent.Guarding;
using Holdfast.Agent.Hosting;
using Holdfast.Agent.Leases;
using Holdfast.Agent.Logging;
using Holdfast.Agent.Records;
using Holdfast.Coordination;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines;

namespace Holdfast.Agent.Loop;

/// <summary>R6: where only time protects, the primary holds a lease, and its server is stopped before that can end.</summary>
internal sealed class LeaseDuty : IDisposable
{
    /// <summary>
    /// So many looks in a row that did not need a lease taken in advance, and it is given back: armed it could stop a protected primary.
    /// </summary>
    private const int UnwantedLimit = 3;
    private readonly GuardedLease _lease;
    private readonly GroupKeys _keys;
    private readonly string _me;
    /// <summary>Revision of the record when the lease was last asked for, at first when the first record was read.</summary>
    private long _askedUnder;
    private int _unwantedLooks;

    public LeaseDuty(
        ICoordination coordination, IMemberEngine engine, ILeaseGuard guard, GroupKeys keys, MemberSpec self,
        TimeSpan lease, IBootClock clock, EventLog log, IDedicatedThreads? threads = null)
    {
        (_keys, _me) = (keys, self.Name);
        _lease = new GuardedLease(new LeasePurpose("primary", "R6.expired", lease, self.Watchdog), coordination, engine, guard, clock, log, threads);
    }

    public bool Held => _lease.Held;
    public bool Expired => _lease.Expired;

    /// <summary>Takes the lease and its key, and makes sure that a guard is there to be armed.</summary>
    /// <returns>False: another holds it, or the record has changed.</returns>
    public async Task<bool> AcquireAsync(GroupPicture seen, EngineView engine, CancellationToken cancellationToken)
    {
        if (seen.PrimaryLeaseExists && seen.PrimaryLeaseHolder != _me)
        {
            return false;
        }

        _askedUnder = seen.RecordRevision;
        return await _lease.AcquireAsync(id => Transactions.TakeLease(_keys, seen, _me, id), engine, cancellationToken);
    }

    /// <summary>
    /// Brings guard and lease in line with the record; called at each look, does something only on a change. The lease is taken before the record
    /// says that only time protects, so it is given back only by a later record that says otherwise.
    /// </summary>
    /// <param name="wanted">What has just been decided needs the lease: it is taken before the record says so.</param>
    public async Task FollowAsync(GroupPicture seen, EngineView engine, bool wanted, CancellationToken cancellationToken)
    {
        _unwantedLooks = wanted ? 0 : _unwantedLooks + 1;
        _lease.DisarmIfDue();
        if (seen.Record is not { IsBeingBorn: false } record)
        {
            return;
        }

        _askedUnder = _askedUnder == 0 ? seen.RecordRevision : _askedUnder;
        if (record.Mode != ProtectionMode.ZeroLoss && record.Primary == _me)
        {
            await _lease.FollowAsync(engine, cancellationToken);
        }
        else if (_lease.IsOpen && MayGiveUp(seen, record, engine))
        {
            await ReleaseAsync(cancellationToken);
        }
    }

    /// <summary>Gives the lease up, so that nobody need wait for its end. The server must have stopped, or the record protects.</summary>
    public Task ReleaseAsync(CancellationToken cancellationToken) => _lease.ReleaseAsync(cancellationToken);

    public void Dispose() => _lease.Dispose();

    /// <summary>
    /// A guard that an earlier run of the agent armed stays armed until the record has moved since, for that run may have a write to it in flight, or
    /// until a server that was deposed is stopped.
    /// </summary>
    private bool MayGiveUp(GroupPicture seen, GroupRecord record, EngineView engine) => _lease.IsInherited
        ? record.Primary == _me
            ? seen.RecordRevision > _askedUnder
            : engine.Process == ProcessState.Stopped || engine.Role == MemberRole.Standby
        : seen.RecordRevision > _askedUnder || _unwantedLooks >= UnwantedLimit;
}
