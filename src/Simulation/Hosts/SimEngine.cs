using System.Collections.Immutable;
using Holdfast.Core;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.Simulation.Servers;
using Holdfast.Simulation.Time;

namespace Holdfast.Simulation.Hosts;

/// <summary>The engine of one run of an agent, which drives the simulated server of its host. What is called dies with the run.</summary>
internal sealed partial class SimEngine : IMemberEngine
{
    private readonly World _world;
    private readonly SimHost _host;
    private readonly AgentRun _run;

    public SimEngine(World world, SimHost host, AgentRun run)
    {
        (_world, _host, _run) = (world, host, run);
        Server.Exited += TellExit;
    }

    public event Action? Exited;

    public ImmutableArray<string> CredentialNames => [];

    private SimServer Server => _host.Server;

    public void UseCredentials(ImmutableDictionary<string, Secret> credentials) { }

    /// <summary>What is seen is old when it is told.</summary>
    public async Task<EngineView> ObserveAsync(CancellationToken cancellationToken)
    {
        var seen = _world.Defect.Observes(Server.Observe());
        await Takes(1, 4, cancellationToken);
        return seen;
    }

    public async Task InitialiseAsync(IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        await Takes(30, 200, cancellationToken);
        NeedsDisk();
        _world.Oath.Called(_host.Name, "initialise", Server.Data != DataState.Empty);
        Server.Initialise();
    }

    public Task PrepareAccessAsync(CancellationToken cancellationToken) => Takes(1, 5, cancellationToken);

    public async Task StartAsync(StartSpec spec, CancellationToken cancellationToken)
    {
        await Takes(1, 20, cancellationToken);
        NeedsDisk();
        _world.Oath.Called(_host.Name, $"start {spec.Role}", Server.Process != ProcessState.Stopped);
        var sync = spec.Role == MemberRole.Standby && spec.Sync == SyncRule.Blocked && _world.Defect.StandbysAreNotBlocked ? SyncRule.None : spec.Sync;
        Server.Start(spec.Role, sync, spec.GateOpen, spec.Upstream, _host.DecidedUnder);
    }

    /// <summary>At once is done when it returns: the thread that watches a lease waits for it.</summary>
    public Task StopAsync(StopMode mode, CancellationToken cancellationToken)
    {
        _run.ThrowIfEnded();
        if (mode == StopMode.Immediate)
        {
            Server.Kill();
            return Task.CompletedTask;
        }

        return Wait(done => Server.StopInGoodOrder(done), cancellationToken);
    }

    public async Task AttachAsync(string upstream, CancellationToken cancellationToken)
    {
        await Takes(1, 8, cancellationToken);
        Server.Attach(upstream);
        await Takes(0, 3, cancellationToken);
    }

    public Task FeedAsync(string upstream, CancellationToken cancellationToken) => throw new EngineException("the simulated store has no archive");

    public async Task DetachAsync(CancellationToken cancellationToken)
    {
        await Takes(0, 3, cancellationToken);
        if (_world.Defect.DetachDoesNotWait)
        {
            Server.Detach(() => { });
            return;
        }

        await Wait(Server.Detach, cancellationToken);
    }

    public async Task PromoteAsync(CancellationToken cancellationToken)
    {
        await Takes(0, 5, cancellationToken);
        NeedsDisk();
        var epoch = _host.DecidedUnder;
        _world.Oath.Called(_host.Name, $"promote in epoch {epoch}", Server.Role == MemberRole.Primary && Server.PrimaryEpoch >= epoch);
        await Wait(done => Server.Promote(epoch, done), cancellationToken);
    }

    public async Task SetSyncAsync(SyncRule rule, CancellationToken cancellationToken)
    {
        await Takes(0, 3, cancellationToken);
        NeedsDisk();
        Server.SetSync(rule);
        await Takes(1, 5, cancellationToken);
    }

    public Task SetExtraAsync(SyncExtra extra, CancellationToken cancellationToken) => throw new EngineException("the simulated store has one site");

    public async Task SetGateAsync(bool open, CancellationToken cancellationToken)
    {
        await Takes(1, 5, cancellationToken);
        Server.SetGate(open);
    }

    public Task KeepLogForAsync(ImmutableArray<string> members, CancellationToken cancellationToken) => Takes(1, 5, cancellationToken);

    public Task FollowSlotsAsync(ImmutableDictionary<string, Lsn> flushed, CancellationToken cancellationToken) => Takes(1, 3, cancellationToken);

    public Task CheckpointAsync(CancellationToken cancellationToken) => Takes(5, 200, cancellationToken);

    public async Task ProbeCommitAsync(CancellationToken cancellationToken)
    {
        await Takes(0, 2, cancellationToken);
        await Wait(done =>
        {
            if (!Server.Commit(done))
            {
                throw new EngineException($"{_host.Name} is not a primary that accepts writes");
            }
        }, cancellationToken);
    }

    public async Task<bool> ProbePeerAsync(string member, CancellationToken cancellationToken)
    {
        var other = _world.Servers[member];
        await Takes(0, 3, cancellationToken);
        if (Server.Reaches(other))
        {
            var answers = other.Process == ProcessState.Running;
            await Takes(0, 3, cancellationToken);
            return answers;
        }

        // Nobody answers, not even to refuse.
        var given = new TaskCompletionSource();
        await using (cancellationToken.Register(given.SetResult))
        {
            await given.Task;
        }

        return false;
    }

    public Task ConfigureAsync(CancellationToken cancellationToken) => Takes(1, 5, cancellationToken);

    public ValueTask DisposeAsync()
    {
        Server.Exited -= TellExit;
        return ValueTask.CompletedTask;
    }

    private void TellExit()
    {
        if (_run.Ended)
        {
            Server.Exited -= TellExit;
        }
        else
        {
            Exited?.Invoke();
        }
    }

    private void NeedsDisk()
    {
        if (_host.Disk.IsFull)
        {
            throw new EngineException($"{_host.Name}: no space left on device: free some");
        }
    }

    /// <summary>Time passes; a slow disk takes more.</summary>
    private Task Takes(int least, int most, CancellationToken cancellationToken)
    {
        _run.ThrowIfEnded();
        var duration = TimeSpan.FromMilliseconds(_world.Between(least, most)) + (_host.Disk.Slowness * _world.Random.NextDouble());
        return Task.Delay(duration, _run.Clock, cancellationToken);
    }

    /// <summary>Waits until the server says that it has done something, or until the deadline.</summary>
    private async Task Wait(Action<Action> what, CancellationToken cancellationToken)
    {
        _run.ThrowIfEnded();
        var done = new TaskCompletionSource();
        what(() => done.TrySetResult());
        await using (cancellationToken.Register(() => done.TrySetCanceled(cancellationToken)))
        {
            await done.Task;
        }
    }
}
