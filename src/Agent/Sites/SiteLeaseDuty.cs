using Holdfast.Agent.Guarding;
using Holdfast.Agent.Hosting;
using Holdfast.Agent.Leases;
using Holdfast.Agent.Logging;
using Holdfast.Coordination;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines;

namespace Holdfast.Agent.Sites;

/// <summary>
/// <c>isolation: fence</c>: the active site's primary holds the site lease in the global coordination, and its server is stopped before that can
/// end, so that the other site may take over once the key is gone. The lease is the site's: a new primary of the same site takes the key
/// over at once, for the rules of the group keep two primaries of one site apart. Its guard is a process of its own, with its own deadline.
/// </summary>
/// <remarks>
/// Renewals: as for every lease, each quarter of it, on a thread of its own, with a quarter of it as their limit. Between sites an answer may take
/// long or get lost: whatever the fault (no answer, no leader, refused), it is asked again after a sixteenth of the lease, at most 250 ms,
/// until the deadline. Only the answer that the lease is gone ends it before.
/// All calls but the properties are the loop's.
/// </remarks>
internal sealed class SiteLeaseDuty : IDisposable
{
    /// <summary>Of the guard process and its files.</summary>
    public const string GuardName = "site-guard";
    private readonly GuardedLease _lease;
    private readonly SiteKeys _keys;
    private readonly EventLog _log;
    private readonly SiteLeaseHolder _me;

    /// <param name="coordination">The global one.</param>
    /// <param name="guard">Of the name <see cref="GuardName"/>. It has no watchdog device: one that the primary's guard has cannot be opened twice.</param>
    /// <param name="lease">How long it is granted for (<see cref="TimingSpec.SiteLease"/>).</param>
    public SiteLeaseDuty(
        ICoordination coordination, IMemberEngine engine, ILeaseGuard guard, SiteKeys keys, MemberSpec self,
        TimeSpan lease, IBootClock clock, EventLog log, IDedicatedThreads? threads = null)
    {
        (_keys, _log, _me) = (keys, log, new SiteLeaseHolder(self.Site, self.Name));
        _lease = new GuardedLease(new LeasePurpose("site", "SITE.expired", lease, Watchdog: null), coordination, engine, guard, clock, log, threads);
    }

    /// <summary>The key is this member's and the deadline has not passed: its server may write.</summary>
    public bool Held => _lease.Held;

    /// <summary>
    /// The deadline of a lease that was held has passed (the server has been stopped at once), or another has the key: the server must not write.
    /// Until the lease is taken anew or given up.
    /// </summary>
    public bool Expired => _lease.Expired;

    /// <summary>How long the server may go on writing if no renewal succeeds any more; null: the lease is not held.</summary>
    public TimeSpan? Remaining => _lease.Remaining;

    /// <summary>Starts the guard ahead of time.</summary>
    /// <exception cref="GuardException">It could not be started.</exception>
    public Task PrepareAsync(CancellationToken cancellationToken) => _lease.PrepareAsync(cancellationToken);

    /// <summary>Takes the key for this member. What has changed since it was looked at makes it fail.</summary>
    /// <param name="siteRecordRevision">Of the site record that makes this member's site the active one; 0: there is none, which is refused.</param>
    /// <param name="leaseRevision">Of the lease's key; 0: there is none.</param>
    /// <param name="leaseSite">The site of its holder; another one than ours is refused without asking.</param>
    /// <returns>False: refused; look again.</returns>
    /// <exception cref="CoordinationException">Not known to be taken; asking again is harmless.</exception>
    /// <exception cref="GuardException">There is no guard, so nothing was taken; or it could not be armed, though the key is taken.</exception>
    public async Task<bool> AcquireAsync(
        long siteRecordRevision, long leaseRevision, string? leaseSite, EngineView engine, CancellationToken cancellationToken)
    {
        if (siteRecordRevision == 0 || (leaseRevision != 0 && leaseSite != _me.Site))
        {
            return false;
        }

        var before = Condition.Same(_keys.Lease, leaseRevision);
        return await _lease.AcquireAsync(
            id => new Transaction(
                [new Condition.Unchanged(_keys.Record, siteRecordRevision), before],
                [new Operation.Put(_keys.Lease, _me.ToString(), id), new Operation.Put(_keys.LeaseTaken, _me.ToString())]),
            engine, cancellationToken);
    }

    /// <summary>
    /// What the mirror shows of the lease's key. Another's name in it, or no key, ends the lease for this member, though it could still renew it.
    /// </summary>
    /// <param name="value">The key's value; null: there is no key.</param>
    /// <param name="revision">The store's revision of that picture; one from before the key was taken says nothing.</param>
    public void NoteKey(string? value, long revision)
    {
        if (!_lease.Taken || revision < _lease.TakenAt || value == _me.ToString())
        {
            return;
        }

        _log.Warning("lease", value is null
            ? "the site lease's key is gone: this member must not write"
            : $"the site lease is in other hands ('{value}'): this member must not write");
        _lease.Lose();
    }

    /// <summary>Called at each look, does something only on a change: arms the guard for a server that was started, lets the lease go.</summary>
    /// <param name="needed">
    /// True: this member's server writes, or is to write, for the active site under <c>isolation: fence</c>. False: it is stopped or a standby, or may
    /// write without the lease; the guard is disarmed, and the key is left to end by itself, so that a new primary of the same site can take
    /// it over meanwhile. Null: not known (nothing read yet); nothing is given up.
    /// </param>
    /// <exception cref="GuardException">There is no guard, or it could not be armed.</exception>
    public async Task FollowAsync(bool? needed, EngineView engine, CancellationToken cancellationToken)
    {
        _lease.DisarmIfDue();
        if (needed == true)
        {
            await _lease.FollowAsync(engine, cancellationToken);
        }
        else if (needed == false && _lease.IsOpen)
        {
            _lease.LetGo();
        }
    }

    /// <summary>
    /// Takes the key away at once, for the other site to take over without waiting. Only when no process of the server is left, and this site is to
    /// be active no more. A key that another member of this site has taken over stays.
    /// </summary>
    public Task ReleaseAsync(CancellationToken cancellationToken) => _lease.ReleaseAsync(cancellationToken);

    /// <summary>Stops renewing. The server goes on under its guard until the agent's next run has taken the lease over, or to the deadline.</summary>
    public void Dispose() => _lease.Dispose();
}
