using System.Collections.Immutable;
using Holdfast.Agent.Heartbeats;
using Holdfast.Agent.Sites;
using Holdfast.Agent.Watching;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;

namespace Holdfast.Agent.Loop;

/// <summary>Puts together the one view that the core decides on, from what the agent has measured.</summary>
internal sealed class ViewBuilder(
    LoopState state, GroupSpec group, MemberIdentity self, IHeartbeatLink link, ActivityTracker activity, PrimaryWatch watch,
    LeaseDuty lease, SiteAgent? sites, TimeProvider time)
{
    private readonly Since _leaderLost = new(time);
    private readonly Since _leaseHeld = new(time);
    private string? _leader;

    /// <param name="unreachableFor">Zero while coordination answers.</param>
    /// <param name="job">What runs beside the loop; null: nothing.</param>
    public MemberView Build(TimeSpan unreachableFor, string? job)
    {
        var picture = state.Picture;
        var now = time.GetTimestamp();
        var observations = self.Others.ToImmutableDictionary(name => name, link.Latest, StringComparer.Ordinal);
        var peers = self.Others.ToImmutableSortedDictionary(name => name, name => ViewOf(observations[name], now), StringComparer.Ordinal);
        var suspicion = picture.Record is { IsBeingBorn: false } record && record.Primary != self.Name
            ? watch.Observe(
                record, picture.PulseRevision, unreachableFor == TimeSpan.Zero, state.Engine, observations.GetValueOrDefault(record.Primary),
                peers.Count(peer => peer.Key != record.Primary && peer.Value.SuspectsEpoch == record.Epoch &&
                    peer.Value.HeardWithin(group.Timing.SuspectAfter)),
                picture.PrimaryLeaseExists, picture.LeaseTakenRevision)
            : SuspicionVerdict.Trusting;
        activity.Promised(picture.Promises.TryGetValue(self.Name, out var mine) && mine.Epoch == (picture.Record?.Epoch ?? 0) + 1);
        var seen = activity.Observe(state.Engine, picture.Record, picture.State, self.Name, group.Timing.HandOver, picture.Request?.Id);
        var remote = self.Remote.ToImmutableSortedDictionary(name => name, name => ViewOf(link.Latest(name), now), StringComparer.Ordinal);
        if (picture.Record?.Primary != _leader)
        {
            _leader = picture.Record?.Primary;
            _leaderLost.Update(false); // Each leader is given its time.
        }

        _leaderLost.Update(picture.Record is { Mode: ProtectionMode.Passive } led && led.Primary != self.Name && !peers[led.Primary].LooksUsable(group.Timing));
        var held = lease.Held;
        _leaseHeld.Update(held);
        return new MemberView
        {
            Me = self.Name,
            Sites = sites?.Look(remote),
            Group = group,
            Coordination = new CoordinationView
            {
                Reachable = unreachableFor == TimeSpan.Zero,
                UnreachableFor = unreachableFor,
                State = picture.State,
                Problem = picture.Problem,
                Record = picture.Record,
                Promises = picture.Promises,
                RecordInDoubt = state.RecordUncertain,
                PromiseInDoubt = state.PromiseInDoubt != 0,
                PrimaryLeaseExists = picture.PrimaryLeaseExists,
                Request = picture.Request is { } request
                    ? new MoveRequest(request.Id, request.Kind, request.Target, request.AcceptDataLoss, activity.AgeOf(request.Id))
                    : null,
            },
            Engine = state.Engine,
            Memory = state.Memory,
            Peers = peers,
            Suspicion = suspicion,
            Activity = seen with
            {
                Job = job,
                LeaseHeld = held,
                LeaseHeldFor = _leaseHeld.Elapsed,
                LeaseExpired = lease.Expired,
                Lag = watch.Lag,
                PrimaryAliveFor = watch.AliveFor,
                LeaderLostFor = _leaderLost.Elapsed,
            },
        };
    }

    private PeerView ViewOf(PeerObservation? observation, long now) => observation is not { } seen
        ? new PeerView()
        : new PeerView
        {
            SilentFor = time.GetElapsedTime(seen.ReceivedAt, Math.Max(now, seen.ReceivedAt)),
            Epoch = seen.Heartbeat.Epoch,
            Data = seen.Heartbeat.Data,
            Process = seen.Heartbeat.Process,
            Role = seen.Heartbeat.Role,
            Position = seen.Heartbeat.Position,
            LogEpoch = seen.Heartbeat.LogEpoch,
            Streaming = seen.Heartbeat.Streaming,
            SuspectsEpoch = seen.Heartbeat.SuspectsEpoch,
            HandsOverEpoch = seen.Heartbeat.HandsOverEpoch,
            CleanShutdown = seen.Heartbeat.CleanShutdown,
            Job = seen.Heartbeat.Job,
        };
}
