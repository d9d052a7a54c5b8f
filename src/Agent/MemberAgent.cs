using System.Collections.Immutable;
using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Serving;
using Holdfast.Agent.Backup;
using Holdfast.Agent.Credentials;
using Holdfast.Agent.Guarding;
using Holdfast.Agent.Heartbeats;
using Holdfast.Agent.Hosting;
using Holdfast.Agent.Leases;
using Holdfast.Agent.Logging;
using Holdfast.Agent.Loop;
using Holdfast.Agent.Loss;
using Holdfast.Agent.Memory;
using Holdfast.Agent.Records;
using Holdfast.Agent.Sites;
using Holdfast.Agent.Status;
using Holdfast.Agent.Watching;
using Holdfast.Coordination;
using Holdfast.Coordination.Mirror;
using Holdfast.Core;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;
using Holdfast.Engines;
using Holdfast.Engines.Backup;

namespace Holdfast.Agent;

/// <summary>What an agent is made from.</summary>
/// <param name="Guard">How to start the guard process.</param>
/// <param name="Global">
/// Where it stands which site is active; null: the store has one site. It may be the same cluster as <paramref name="Coordination"/>.
/// </param>
/// <param name="Token">Seals the store's passwords in coordination: that of the file, or one that the agents of one host share.</param>
public sealed record AgentParts(
    SystemSpec System, StoreSpec Store, MemberSpec Member, IMemberEngine Engine, ICoordination Coordination, GuardProgram Guard,
    Secret Token, TimeProvider Time, EventLog Log, ICoordination? Global = null);

/// <summary>One member's agent: puts the pieces together and runs them. Its end never touches the server.</summary>
public sealed class MemberAgent : IAsyncDisposable
{
    /// <summary>How long a stop in good order waits for gates to hold their new connections. A gate answers within a round trip.</summary>
    private static readonly TimeSpan AnnounceLimit = TimeSpan.FromMilliseconds(50);
    private readonly AgentParts _parts;
    private readonly GroupKeys _keys;
    private readonly LoopState _state;
    private readonly MemberLoop _loop;
    private readonly PrefixMirror _mirror;
    private readonly IHeartbeatLink _link;
    private readonly HeartbeatPacer _pacer;
    private readonly PrimaryWatch _watch;
    private readonly LeaseDuty _lease;
    private readonly PulseWriter _pulse;
    private readonly Presence _presence;
    private readonly SiteAgent? _sites;
    private readonly LossDuty? _losses;
    private readonly BackupDuty? _backups;
    private readonly RestoreTestDuty? _restoreTests;
    private readonly IAsyncDisposable _lock;
    private readonly string _incarnation;
    private readonly StatusBuilder _statusBuilder;
    private readonly CoordinationLog _coordinationLog;
    private volatile Heartbeat _heartbeat;
    private long _lookedAt;
    private volatile MemberView? _seen;
    private volatile bool _restarting;

    /// <exception cref="AgentStartException">Another agent runs this member, or its folder is not usable.</exception>
    public MemberAgent(AgentParts parts) : this(parts, new RealHost(parts.Guard)) { }

    internal MemberAgent(AgentParts parts, MemberHost host)
    {
        _parts = parts;
        _incarnation = host.NewIncarnation();
        var (system, store, member, engine, coordination, time, log) =
            (parts.System, parts.Store, parts.Member, parts.Engine, parts.Coordination, parts.Time, parts.Log);
        _lock = host.LockMember(member);
        _keys = GroupKeys.Of(system, store, member);
        var group = GroupSpec.From(store, member.Site);
        var peers = store.Members.Values.Where(other => other.Name != member.Name).ToImmutableArray();
        var memory = host.OpenMemory(member);
        _state = new LoopState { Memory = Load(memory) };
        var self = new MemberIdentity(
            member.Name, _incarnation, [.. peers.Where(peer => peer.Site == member.Site).Select(peer => peer.Name)],
            [.. peers.Where(peer => peer.Site != member.Site).Select(peer => peer.Name)], Wake);
        _mirror = new PrefixMirror(coordination, _keys.Prefix, time);
        var score = new SelfScore(time, store.Timing.SuspectAfter);
        _link = host.Heartbeats(system, store, member, peers, time, log);
        _heartbeat = Blank();
        var hearing = new Hearing(_link, self.Others, score, time, store.Timing.SuspectAfter);
        _pacer = new HeartbeatPacer(
            store.Timing.Heartbeat, () => Newest(hearing), _link.Send, score, time, host.Threads);
        _watch = new PrimaryWatch(engine, score, time, store.Timing.SuspectAfter);
        _lease = new LeaseDuty(coordination, engine, host.Guard(member, GuardPaths.DefaultName, log),
            _keys, member, store.Timing.Lease, host.Clock, log, host.Threads);
        _pulse = new PulseWriter(coordination, _keys, member.Name, store.Timing.SuspectAfter / 2, time, log);
        _presence = new Presence(coordination, _keys, member.Name, member.Data, _incarnation, store.Timing.Lease, log, time, host.Clock, host.Threads);
        _statusBuilder = new StatusBuilder(system, store, member, time);
        _coordinationLog = new CoordinationLog(log);
        _sites = parts.Global is { } global && SitePolicy.From(store, member.Site) is { } policy
            ? new SiteAgent(parts, host, policy, global, VerifyAsync, _link.RttTo, Wake)
            : null;
        // While it rests the site lease is let go: where the server cannot start, the other site is to have the time to take over.
        var activity = new ActivityTracker(
            time, store is { HasTwoSites: true, Isolation: IsolationPolicy.Fence } ? store.Timing.SiteLease * 2 : null);
        var times = new FailoverTimes(time);
        var jobs = new JobRunner(log, time, Wake);
        _losses = store.HasTwoSites ? new LossDuty(store, member, engine, time, log) : null;
        var mark = new RepositoryMark(coordination, _keys);
        var able = store.Backup?.At(member.Site) is null ? null : engine as IBackupEngine;
        _backups = able is null ? null : new BackupDuty(store, member, able, mark, time, log, host.NewIncarnation);
        _restoreTests = able is not null && engine is IRestoreTestEngine tried
            ? new RestoreTestDuty(
                store, member, tried, able, mark, new RestoreTestBook(coordination, _mirror, _keys, member.Name), time, log, host.NewIncarnation)
            : null;
        var actions = new ActionRunner(_state, engine, coordination, _mirror, _keys, memory, activity, jobs, _lease, _sites, times, log, self, time);
        var views = new ViewBuilder(_state, group, self, _link, activity, _watch, _lease, _sites, time);
        _loop = new MemberLoop(
            _state, engine, _mirror, _keys, views, actions, jobs, _lease, _sites, _watch, _link, times,
            _pulse, score, new DecisionLog(log), log, self, new LookPace(store.Timing.Heartbeat, store.Timing.SuspectAfter), host.Decide, time);
        Control = new AgentControl(parts, _keys, _mirror, Wake, () => IsLive, host.NewIncarnation)
        {
            Backups = _backups,
            Restores = store.Backup?.At(member.Site) is not null && engine is IRestoreEngine restorer
                ? new RestoreDesk(
                    store, member, restorer, coordination, _mirror, _keys, Wake, () => _seen, () => activity.RestoreFailed)
                : null,
            RestoreTests = _restoreTests,
            Sites = _sites is null ? null : new SiteControl(_sites.Keys, _sites.Policy, _sites.Global, _sites.Mirror, time, host.NewIncarnation),
        };
        actions.BeforeStop = token => Control.Serving.AnnouncedAsync(AnnounceLimit, token);
        Control.RequestReinit = _ =>
        {
            _loop.ReinitRequested = true;
            Wake();
            return Task.FromResult(new CommandResult(true,
                $"{member.Name} is salvaged, wiped and cloned anew; follow it with 'holdfast status --watch'"));
        };
        _loop.Looked += Publish;
        _presence.Entered += () =>
        {
            _loop.Announced = true;
            Wake();
        };
        _link.Received += _ => Wake();
        _mirror.Changed += Wake;
        engine.Exited += Wake;
    }

    /// <summary>For the HTTP API.</summary>
    public AgentControl Control { get; }

    /// <summary>The loop has turned lately.</summary>
    public bool IsLive => _parts.Time.GetElapsedTime(_loop.LastTurn) < TimeSpan.FromSeconds(15);

    /// <summary>Runs until cancelled, or until it turns out that this agent must not run.</summary>
    /// <exception cref="AgentStartException">Another host runs this member, or the passwords cannot be read.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        _link.Start();
        _pacer.Start();
        using var all = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task[] parts =
        [
            _mirror.RunAsync(all.Token), _loop.RunAsync(all.Token), _pulse.RunAsync(all.Token), _presence.RunAsync(all.Token),
            KeepCredentialsAsync(all.Token), UntilAsync(all.Token), .. _sites?.Run(all.Token) ?? [],
            .. _losses is null ? [] : (Task[])[_losses.RunAsync(all.Token)],
            .. _backups is null ? [] : (Task[])[_backups.RunAsync(all.Token)],
            .. _restoreTests is null ? [] : (Task[])[_restoreTests.RunAsync(all.Token)],
        ];
        try
        {
            var running = parts.ToList();
            while (true)
            {
                var ended = await Task.WhenAny(running);
                await ended; // A part that fails ends the agent; the server goes on.
                running.Remove(ended);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await SayGoodbyeAsync();
        }
        finally
        {
            all.Cancel(); // Not asynchronously: that would be another thread.
            await Task.WhenAll(parts.Select(Quietly));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _pacer.Dispose();
        _link.Dispose();
        _watch.Dispose();
        _lease.Dispose();
        _sites?.Dispose();
        _presence.Dispose();
        _loop.Dispose();
        await _parts.Engine.DisposeAsync();
        await _parts.Coordination.DisposeAsync();
        if (_parts.Global is { } global)
        {
            await global.DisposeAsync();
        }

        await _lock.DisposeAsync();
    }

    /// <summary>A method of its own: what is cancelled ends here, on this agent's scheduler.</summary>
    private async Task UntilAsync(CancellationToken stop) => await Task.Delay(Timeout.InfiniteTimeSpan, _parts.Time, stop);

    private static async Task Quietly(Task part)
    {
        // The first fault has been thrown already; the others are its echo. This only waits.
        await part.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private static MemberMemory Load(IMemoryStore file)
    {
        try
        {
            return file.Load();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AgentStartException(exception.Message, exception);
        }
    }

    private void Wake() => _loop.Wake();

    /// <summary>Peers learn that silence is to be expected: an agent's restart is no ground for anything (R7).</summary>
    private async Task SayGoodbyeAsync()
    {
        _restarting = true;
        _heartbeat = _heartbeat with { Restarting = true };
        _link.Send(_heartbeat with { Sequence = long.MaxValue });
        using var limit = new TimeLimit(TimeSpan.FromSeconds(1), _parts.Time);
        await _presence.LeaveAsync(limit.Token);
    }

    private async Task KeepCredentialsAsync(CancellationToken stop)
    {
        var vault = new CredentialVault(_parts.Token, _parts.System.Name, _parts.Store.Name);
        var keeper = _sites is { } sites
            ? new CredentialKeeper(vault, sites.Global, sites.Mirror, sites.Keys.Credentials, _parts.Engine.CredentialNames, _parts.Log, _parts.Time)
            : new CredentialKeeper(vault, _parts.Coordination, _mirror, _keys.Credentials, _parts.Engine.CredentialNames, _parts.Log, _parts.Time);
        try
        {
            await keeper.RunAsync(_loop.Offer, stop);
        }
        catch (CredentialException exception)
        {
            throw new AgentStartException(exception.Message, exception);
        }
    }

    private Task<(bool Succeeded, string Text)> VerifyAsync(SiteMove move, IProgress<string> progress, CancellationToken stop) =>
        new MoveVerification(_parts.System, _parts.Store, _parts.Member, _parts.Time).RunAsync(move, () => _seen, progress, stop);

    private void Publish(MemberView view, Decision decision)
    {
        _seen = view;
        _sites?.Note(view);
        _losses?.Follow(view);
        _backups?.Follow(view);
        _restoreTests?.Follow(view);
        var mirrored = _mirror.Current;
        _coordinationLog.Note(mirrored);
        var status = _statusBuilder.Build(view, decision, _state.Fault, mirrored.Problem) with
        {
            Sites = SiteStatusBuilder.Build(view, _sites?.Decision, _sites?.Ledger.Clock, _sites?.LinkStatus, _sites?.MeasuredLag),
            Backup = _backups?.Health(view, _restoreTests),
            Doubt = view.IAmPrimary && !view.IsPassive ? ServingJudge.Doubt(view) : null,
        };
        Control.Status = status;
        Control.Serving.Publish(ServingJudge.Judge(view, decision, status));
        var before = _heartbeat;
        _heartbeat = Blank() with
        {
            Epoch = Math.Max(view.Record?.Epoch ?? 0, view.Memory.Epoch),
            Data = view.Engine.Data,
            Process = view.Engine.Process,
            Role = view.Engine.Role,
            Position = view.Engine.Position,
            LogEpoch = view.Memory.LogEpoch,
            Streaming = view.Engine.Streaming,
            SuspectsEpoch = view.Suspicion.Suspects ? view.Record?.Epoch ?? 0 : 0,
            HandsOverEpoch = _state.HandsOverEpoch,
            CleanShutdown = view.Engine.CleanShutdown,
            Restarting = _restarting,
            Job = view.Activity.Job,
        };
        // Afterwards, and read before it: what is said may then seem older than it is, never younger.
        Volatile.Write(ref _lookedAt, _state.LookedAt);
        if (before.HandsOverEpoch != _heartbeat.HandsOverEpoch || before.SuspectsEpoch != _heartbeat.SuspectsEpoch ||
            before.Role != _heartbeat.Role || before.Process != _heartbeat.Process)
        {
            _pacer.Nudge();
        }
    }

    /// <summary>On the pacer's thread, also while the loop hangs: so what came of it says how old it is.</summary>
    private Heartbeat Newest(Hearing hearing)
    {
        var lookedAt = Volatile.Read(ref _lookedAt); // Before the heartbeat: see Publish.
        return _heartbeat with
        {
            DeafMilliseconds = (long)hearing.DeafFor().TotalMilliseconds,
            PositionAgeMilliseconds = lookedAt == 0 ? 0 : (long)_parts.Time.GetElapsedTime(lookedAt).TotalMilliseconds,
        };
    }

    private Heartbeat Blank() => new()
    {
        System = _parts.System.Name,
        Store = _parts.Store.Name,
        Member = _parts.Member.Name,
        Incarnation = _incarnation,
        Sequence = 0,
    };
}
