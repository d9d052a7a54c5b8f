using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Agent.Api.Sites;
using Holdfast.Agent.Guarding;
using Holdfast.Agent.Hosting;
using Holdfast.Agent.Leases;
using Holdfast.Agent.Logging;
using Holdfast.Agent.Loop;
using Holdfast.Coordination;
using Holdfast.Coordination.Mirror;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Loss;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Sites;

/// <summary>All that an agent has for a store with two sites: the picture of the global scope, the site lease, the duties and the ledger.</summary>
internal sealed class SiteAgent : IDisposable
{
    private readonly SiteWatch _watch;
    private readonly SiteLeaseDuty _lease;
    private readonly SiteDutyLoop _duties;
    private readonly LinkDuty _link;
    private readonly EventLog _log;
    private readonly bool _mayWrite;

    public SiteAgent(
        AgentParts parts, MemberHost host, SitePolicy policy, ICoordination global, MoveVerifier verify, Func<string, TimeSpan?> roundTrip, Action wake)
    {
        var (system, store, member, engine, time, log) = (parts.System, parts.Store, parts.Member, parts.Engine, parts.Time, parts.Log);
        (_log, _mayWrite) = (log, member.Priority > 0);
        Policy = policy;
        Global = global;
        Keys = SiteKeys.Of(system, store);
        Mirror = new PrefixMirror(global, Keys.Prefix, time);
        Mirror.Changed += wake;
        Ledger = new Ledger(
            async (epoch, limit) => Clock(await engine.WriteHeartbeatAsync(epoch, limit)),
            async limit => await engine.ReadHeartbeatAsync(limit) is { } mark ? (mark.Epoch, Clock(mark)) : null, store.Link.Heartbeat, time, log);
        _lease = new SiteLeaseDuty(
            global, engine, host.Guard(member, SiteLeaseDuty.GuardName, log), Keys, member, store.Timing.SiteLease, host.Clock, log,
            host.Threads);
        _link = new LinkDuty(store, engine, roundTrip, time, log);
        _watch = new SiteWatch(policy, Keys, Mirror, _lease, Ledger, time);
        _duties = new SiteDutyLoop(
            system, store, Keys, global, Mirror, engine, new StepJobs(log, time, wake), Ledger, host.Verifier(verify), host, log, time, wake);
    }

    public SitePolicy Policy { get; }
    public ICoordination Global { get; }
    public SiteKeys Keys { get; }
    public PrefixMirror Mirror { get; }
    public Ledger Ledger { get; }
    public SiteDecision? Decision => _duties.Decision;
    public LinkStatus? LinkStatus => _link.Status;
    public TimeSpan? MeasuredLag => _link.Lag;

    /// <summary>The picture that the last look was made from.</summary>
    public SitePicture Picture => _watch.Picture;

    public IEnumerable<Task> Run(CancellationToken stop) =>
        [Mirror.RunAsync(stop), _duties.RunAsync(stop), Ledger.RunAsync(stop), PrepareGuardAsync(stop)];

    public SiteView Look(ImmutableSortedDictionary<string, PeerView> remote) => _watch.Look(remote);

    /// <summary>After each look of the member's loop, on it.</summary>
    public void Note(MemberView view)
    {
        Ledger.Follow(view);
        _duties.Note(view, _watch.Picture, _watch.Revision);
    }

    /// <summary>Takes the site lease for this member. False: what it was decided on has changed.</summary>
    public async Task<bool> AcquireLeaseAsync(EngineView engine, CancellationToken limit)
    {
        var taken = await _lease.AcquireAsync(
            _watch.Picture.RecordRevision, _watch.Picture.LeaseRevision, _watch.Picture.LeaseSite, engine, limit);
        await Mirror.ReadNowAsync(limit);
        return taken;
    }

    /// <summary>Brings guard and lease in line with what is seen; called at each look.</summary>
    public Task FollowLeaseAsync(MemberView view, CancellationToken limit) => _lease.FollowAsync(IsNeeded(view), view.Engine, limit);

    /// <summary>Measures the link and makes commits wait for what it demands; called at each look.</summary>
    public Task FollowLinkAsync(MemberView view, CancellationToken stop) => _link.FollowAsync(view, stop);

    public void Dispose()
    {
        _duties.Dispose();
        _lease.Dispose();
    }

    /// <summary>A member that may come to hold the site lease has its guard running before: starting it takes a good part of a write pause.</summary>
    private async Task PrepareGuardAsync(CancellationToken stop)
    {
        if (Policy.Isolation != IsolationPolicy.Fence || !_mayWrite)
        {
            return;
        }

        try
        {
            await _lease.PrepareAsync(stop);
        }
        catch (GuardException exception)
        {
            _log.Warning("guard", $"not started ahead of time: {exception.Message}");
        }
    }

    private static long Clock(HeartbeatMark mark) =>
        DateTimeOffset.ParseExact(mark.At, "yyyy-MM-dd HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
            .ToUnixTimeMilliseconds();

    private static bool? IsNeeded(MemberView view) =>
        view.Sites is not { Policy.Isolation: IsolationPolicy.Fence } sites ? false
        : sites.State is RecordState.Unknown or RecordState.Unreadable || view.Coordination.State == RecordState.Unknown ? null
        : view is { IAmPrimary: true, IsPassive: false } && !view.IsElsewhere() &&
          !(view.Activity.StartBackoff && view.Engine.Process == ProcessState.Stopped);
}
