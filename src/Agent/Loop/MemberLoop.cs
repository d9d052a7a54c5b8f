using System.Collections.Immutable;
using Holdfast.Agent.Heartbeats;
using Holdfast.Agent.Hosting;
using Holdfast.Agent.Logging;
using Holdfast.Agent.Metrics;
using Holdfast.Agent.Records;
using Holdfast.Agent.Sites;
using Holdfast.Agent.Watching;
using Holdfast.Coordination;
using Holdfast.Coordination.Mirror;
using Holdfast.Core;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Engines;

namespace Holdfast.Agent.Loop;

/// <summary>
/// Look, let the core decide, act, look again. Woken by news (coordination, heartbeats, the end of the server, the end of a job), and after a rest.
/// All decisions are <see cref="FailoverRules"/>'s; this drives.
/// </summary>
internal sealed class MemberLoop(
    LoopState state, IMemberEngine engine, PrefixMirror mirror, GroupKeys keys, ViewBuilder views, ActionRunner actions, JobRunner jobs,
    LeaseDuty lease, SiteAgent? sites, PrimaryWatch watch, IHeartbeatLink link, FailoverTimes times, PulseWriter pulse, SelfScore score,
    DecisionLog decisions, EventLog log, MemberIdentity self, LookPace pace, Func<MemberView, Decision> decide, TimeProvider time) : IDisposable
{
    /// <summary>Coordination counts as away when it has confirmed nothing for so long.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SlotsInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RuleUnsureLimit = TimeSpan.FromSeconds(1);
    private readonly Bell _news = new(time);
    private readonly Since _unreachable = new(time);
    private long _lastTurn = time.GetTimestamp();
    private object? _read;
    private (string Run, MemberRole Role)? _slotsKeptFor;
    private long _slotsFollowed;
    private bool _configured;
    private readonly Since _ruleUnsure = new(time);
    private readonly Dictionary<string, long> _restUntil = new(StringComparer.Ordinal);
    private ImmutableDictionary<string, Secret>? _offered;
    private bool _accessDue;
    private (Decision Decision, long Revision)? _last;

    /// <summary>Raised after each look, on the loop.</summary>
    public event Action<MemberView, Decision>? Looked;

    /// <summary>No other agent runs this member; before that only fencing is done.</summary>
    public bool Announced { get; set; }

    /// <summary>The passwords are known; before that only fencing is done.</summary>
    private bool CredentialsKnown { get; set; }

    private bool Ready => Announced && CredentialsKnown;

    /// <summary>An operator asked for this member's data to be made anew: taken up at the next look.</summary>
    public bool ReinitRequested { get; set; }

    /// <summary>When the loop last finished a turn; a monotonic timestamp.</summary>
    public long LastTurn => Volatile.Read(ref _lastTurn);

    /// <summary>The store's passwords, or other ones than before: taken up at the next look. Any thread; never blocks.</summary>
    public void Offer(ImmutableDictionary<string, Secret> credentials)
    {
        Interlocked.Exchange(ref _offered, credentials);
        Wake();
    }

    /// <summary>Look again now. Any thread; never blocks.</summary>
    public void Wake() => _news.Ring();

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var again = await TurnAsync(stop);
            Volatile.Write(ref _lastTurn, time.GetTimestamp());
            if (!again)
            {
                await WaitAsync(stop);
            }
        }
    }

    public void Dispose() => _news.Dispose();

    private async Task<bool> TurnAsync(CancellationToken stop)
    {
        TakeCredentials();
        var job = jobs.Description; // Read before the look: what is seen while a job ends is not yet what the job has left behind.
        var asked = time.GetTimestamp();
        state.Engine = await engine.ObserveAsync(stop);
        state.LookedAt = asked;
        job = jobs.Description ?? job;
        if (state.Engine.HasProcess() && state.Engine.Role == MemberRole.Primary)
        {
            state.HandsOverEpoch = 0; // It runs again, or still: nobody is to take over on an old word.
        }

        var current = mirror.Current;
        if (!ReferenceEquals(current.Keys, _read))
        {
            _read = current.Keys;
            state.Take(current.IsLoaded ? PictureReader.Read(keys, self.Name, current.Keys) : GroupPicture.Unread, self.Name);
        }

        state.MirrorRevision = current.Revision;
        _unreachable.Update(!current.Connected || current.LastConfirmed is not { } confirmed || time.GetElapsedTime(confirmed) > Freshness);
        var view = views.Build(_unreachable.Elapsed,
            job ?? (Ready ? null : "waiting for the store's passwords, and to be known as this member's only agent"));
        if (ReinitRequested && !view.IAmPrimary && job is null)
        {
            // The same path as a divergence that could not be rewound: salvage first, then clone.
            ReinitRequested = false;
            actions.Remember(state.Memory with
            {
                Divergence = new Divergence(
                    state.Engine.Position ?? default, RewindFailed: true, Epoch: view.Record?.Epoch ?? 0, Requested: true),
            });
            return true;
        }

        var decision = decide(view);
        TakeTimes(view);
        pulse.Follow(
            view is { IAmPrimary: true, IsPassive: false, Engine: { Process: ProcessState.Running, Role: MemberRole.Primary } } ? state.Picture : null);
        Looked?.Invoke(view, decision);
        decisions.Note(decision.Rule, decision.Reason, view.Record?.Epoch ?? 0, ReasonKey(decision),
            decision.Action is MemberAction.Complain ? EventLevel.Warning : EventLevel.Info);
        return await ActAsync(view, decision, stop);
    }

    private async Task<bool> ActAsync(MemberView view, Decision decision, CancellationToken stop)
    {
        try
        {
            await HouseKeepAsync("lease", () => lease.FollowAsync(state.Picture, view.Engine, NeedsLease(decision), stop), stop);
            await HouseKeepAsync("site lease", () => sites?.FollowLeaseAsync(view, stop) ?? Task.CompletedTask, stop);
            await HouseKeepAsync("link", () => sites?.FollowLinkAsync(view, stop) ?? Task.CompletedTask, stop);
            await HouseKeepAsync("settings", () => ConfigureAsync(view, stop), stop);
            await HouseKeepAsync("slots", () => KeepLogAsync(view, stop), stop);
            await HouseKeepAsync("rule", () => InsistOnRuleAsync(view, stop), stop);
            await HouseKeepAsync("roles", () => RenewAccessAsync(view, stop), stop);
            var changed = await actions.RunAsync(decision, stop);
            if (changed)
            {
                AgentMeter.Decisions.Add(1, new KeyValuePair<string, object?>("rule", decision.Rule));
            }

            var repeated = _last is { } last && last.Decision == decision && last.Revision == state.Picture.RecordRevision;
            _last = (decision, state.Picture.RecordRevision);
            if (!repeated && decision.Rule != "JOB.busy")
            {
                state.Fault = null;
            }

            return changed && !repeated;
        }
        catch (Exception exception) when (exception is EngineException or CoordinationException or IOException or Guarding.GuardException ||
            (exception is OperationCanceledException && !stop.IsCancellationRequested))
        {
            state.Fault = exception is OperationCanceledException ? $"{decision.Rule}: not done within its deadline" : exception.Message;
            log.Warning("fault", state.Fault, ("rule", decision.Rule), ("action", decision.Action.GetType().Name));
            actions.AfterFault(decision);
            _last = (decision, state.Picture.RecordRevision);
            return false;
        }
    }

    /// <summary>What goes on beside the decisions must not keep the loop from carrying them out: after a fault it rests for a while.</summary>
    private async Task HouseKeepAsync(string what, Func<Task> keep, CancellationToken stop)
    {
        if (_restUntil.TryGetValue(what, out var until) && time.GetTimestamp() < until)
        {
            return;
        }

        try
        {
            await keep();
        }
        catch (Exception exception) when (exception is EngineException or CoordinationException or IOException or Guarding.GuardException ||
            (exception is OperationCanceledException && !stop.IsCancellationRequested))
        {
            log.Warning("upkeep", $"{what}: {exception.Message}");
            _restUntil[what] = time.GetTimestamp() + time.TimestampFrequency;
        }
    }

    private static bool NeedsLease(Decision decision) =>
        decision.Action is MemberAction.AcquireLease or MemberAction.WriteRecord { Record.Mode: not (ProtectionMode.ZeroLoss or ProtectionMode.Passive) } ||
        decision.Rule is "R1.settle" or "JOB.busy";

    /// <summary>Once in each run of the agent: a server that runs already takes up what has changed in the file since.</summary>
    private async Task ConfigureAsync(MemberView view, CancellationToken stop)
    {
        if (!_configured && Ready && view.Engine.Process == ProcessState.Running && view.Record is { IsBeingBorn: false })
        {
            using var limit = new TimeLimit(TimeSpan.FromSeconds(5), time, stop);
            await engine.ConfigureAsync(limit.Token);
            _configured = true;
        }
    }

    /// <summary>A rule that is set and not seen to hold for long (a reload lost in a busy server) is set again; setting is idempotent.</summary>
    private async Task InsistOnRuleAsync(MemberView view, CancellationToken stop)
    {
        var running = view.IAmPrimary && view.Coordination.Reachable && view.Record is { PendingFork: null, IsBeingBorn: false } &&
            view.Engine is { Process: ProcessState.Running, Role: MemberRole.Primary };
        _ruleUnsure.Update(running && view.Engine is { ConfiguredSync: not null, EffectiveSync: null });
        if (_ruleUnsure.Elapsed > RuleUnsureLimit)
        {
            using var limit = new TimeLimit(TimeSpan.FromSeconds(5), time, stop);
            await actions.SetRuleAsync(view.Engine.ConfiguredSync!, limit.Token);
            _ruleUnsure.Update(false);
        }
    }

    /// <summary>
    /// Once in each run of the server in its role: the log is kept for all other members. Between sites a standby keeps it too, for those who
    /// stream from it or may come to.
    /// </summary>
    private async Task KeepLogAsync(MemberView view, CancellationToken stop)
    {
        if (!view.Record.Ready() || view.Engine is not { Process: ProcessState.Running, RunId: { } run, Role: var role } ||
            !(role == MemberRole.Primary ? view.IAmPrimary : view.Sites is not null && role == MemberRole.Standby))
        {
            return;
        }

        using var limit = new TimeLimit(TimeSpan.FromSeconds(5), time, stop);
        if (_slotsKeptFor != (run, role))
        {
            await engine.KeepLogForAsync([.. self.Others, .. self.Remote], limit.Token);
            _slotsKeptFor = (run, role);
        }

        if (view.Sites is not null && time.GetElapsedTime(_slotsFollowed) >= SlotsInterval)
        {
            _slotsFollowed = time.GetTimestamp();
            await engine.FollowSlotsAsync(Flushed(view), limit.Token);
        }
    }

    /// <summary>How far the other members say they are, of those whose log was received under this epoch: they are on this history.</summary>
    private static ImmutableDictionary<string, Lsn> Flushed(MemberView view) => view.Peers.Concat(view.Sites!.Remote)
        .Where(peer => peer.Value is { Position: not null, Role: MemberRole.Standby } && peer.Value.LogEpoch == view.Record!.Epoch &&
            peer.Value.Position.Value.Timeline == view.Engine.Position?.Timeline)
        .ToImmutableDictionary(peer => peer.Key, peer => peer.Value.Position!.Value.Lsn, StringComparer.Ordinal);

    private void TakeCredentials()
    {
        if (Interlocked.Exchange(ref _offered, null) is { } credentials)
        {
            engine.UseCredentials(credentials);
            _accessDue |= Ready;
            CredentialsKnown = true;
        }
    }

    /// <summary>The passwords have changed under a group that lives: its roles must get them too.</summary>
    private async Task RenewAccessAsync(MemberView view, CancellationToken stop)
    {
        if (_accessDue && view.IAmPrimary && view.Record.Ready() && view.Engine is { Process: ProcessState.Running, Role: MemberRole.Primary })
        {
            using var limit = new TimeLimit(TimeSpan.FromSeconds(5), time, stop);
            await engine.PrepareAccessAsync(limit.Token);
            _accessDue = false;
        }
    }

    private void TakeTimes(MemberView view)
    {
        if (!view.IAmPrimary && view.Ground() is { } ground)
        {
            times.Detected(ground, view.PrimaryHandsOver() || view.ForcedFailover() ? time.GetTimestamp() : watch.LastSign);
        }
        else if (!view.IAmPrimary && view.MyPromise is null)
        {
            times.Forget();
        }
    }

    private async Task WaitAsync(CancellationToken stop)
    {
        var pause = pace.Rest(InTransition(), IsCalm(), Silences());
        var begun = time.GetTimestamp();
        score.Due(SelfPart.MainLoop, begun + (long)(pause.TotalSeconds * time.TimestampFrequency));
        await _news.WaitAsync(pause, stop);
        score.Ran(SelfPart.MainLoop, time.GetTimestamp());
        AgentMeter.LoopLateness.Record(Math.Max(0, (time.GetElapsedTime(begun) - pause).TotalSeconds));
    }

    private bool IsCalm() => _last is { Decision: { Action: MemberAction.None, Rule: not "JOB.busy" } } && !_unreachable.Holds && state.Fault is null;

    private IEnumerable<TimeSpan> Silences()
    {
        var silences = self.Others.Select(peer => link.SilentFor(peer) ?? TimeSpan.Zero);
        return state.Picture.Record is { IsBeingBorn: false } record && record.Primary != self.Name ? silences.Append(watch.ServerSilence) : silences;
    }

    private bool InTransition() =>
        sites?.Picture.Record is { State: Core.Sites.SiteState.Moving } ||
        (state.Picture.Record is { } record &&
        ((record.PendingFork is not null && record.Mode != ProtectionMode.Passive) || state.Picture.Promises.Count > 0 || state.HandsOverEpoch != 0 ||
         state.Picture.Request is not null || !Settled(record)));

    private bool Settled(GroupRecord record) => record.Mode == ProtectionMode.Passive
        ? state.Engine is { Role: MemberRole.Standby, Process: ProcessState.Running, Streaming: true }
        : record.Primary == self.Name
        ? state.Engine is { Role: MemberRole.Primary, Process: ProcessState.Running, GateOpen: true } running &&
          running.ConfiguredSync == record.Sync &&
          record.Sync.Candidates.All(name => running.Standbys.Any(standby => standby.Streaming && standby.Member == name))
        : state.Engine is { Role: MemberRole.Standby, Process: ProcessState.Running, Streaming: true } following &&
          following.Upstream == record.Primary;

    /// <summary>Decisions that repeat with other figures are logged once.</summary>
    private static string? ReasonKey(Decision decision) => decision.Action is MemberAction.None ? decision.Rule : null;
}
