using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines.PostgreSql.Access;
using Holdfast.Engines.PostgreSql.Copying;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Loss;
using Holdfast.Engines.PostgreSql.Server;

namespace Holdfast.Engines.PostgreSql;

/// <summary>The data directory, and the server's start and stop.</summary>
public sealed partial class PostgreSqlEngine
{
    public Task InitialiseAsync(IProgress<JobProgress> progress, CancellationToken cancellationToken) =>
        AtEdgeAsync("initialise", async () =>
    {
        await RequireReplaceableAsync(allowPresent: false, cancellationToken);
        await _initialiser.RunAsync(progress, cancellationToken);
        AdoptFiles(SyncRule.Blocked, null);
        _initialiser.Complete();
    }, cancellationToken);

    public Task CloneAsync(string upstream, IProgress<JobProgress> progress, CancellationToken cancellationToken) =>
        AtEdgeAsync("clone", async () =>
    {
        RequireStopped("clone");
        await RequireReplaceableAsync(allowPresent: true, cancellationToken);
        _stopped.Forget();
        await _baseBackup.RunAsync(Peer(upstream), progress, cancellationToken);
        AtomicFile.Delete(_layout.Settings);
        AdoptFiles(SyncRule.Blocked, null);
        AtomicFile.Delete(_layout.DecodingMarker);
        AtomicFile.Write(_layout.StandbySignal, "");
        _baseBackup.Complete();
    }, cancellationToken);

    public Task RewindAsync(
        string upstream, LogPosition divergedFrom, IProgress<JobProgress> progress,
        CancellationToken cancellationToken) => AtEdgeAsync("rewind", async () =>
    {
        RequireStopped("rewind");
        await RequirePresentAsync(cancellationToken);
        await EndToolsAsync(cancellationToken);
        _stopped.Forget();
        // pg_rewind recovers a crashed server by the settings that are there, and then overwrites them by the source's.
        AdoptFiles(SyncRule.Blocked, null);
        await _rewinder.RunAsync(Peer(upstream), divergedFrom, Credential(Roles.RewindCredential), progress, cancellationToken);
        AdoptFiles(SyncRule.Blocked, null);
        _logKeeping.DropAll();
        AtomicFile.Delete(_layout.DecodingMarker);
        AtomicFile.Write(_layout.StandbySignal, "");
        _rewinder.Complete();
    }, cancellationToken);

    public async Task<SalvageReport> SalvageAsync(LogPosition from, CancellationToken cancellationToken)
    {
        SalvageReport? report = null;
        await AtEdgeAsync("keep the diverged log", async () =>
        {
            RequireStopped("keep the diverged log");
            await RequirePresentAsync(cancellationToken);
            await EndToolsAsync(cancellationToken);
            _layout.Prepare();
            var (control, end) = await _stopped.ReadAsync(cancellationToken);
            report = await _salvager.RunAsync(from, control, end, cancellationToken);
        }, cancellationToken);
        return report!;
    }

    public Task StartAsync(StartSpec spec, CancellationToken cancellationToken) => AtEdgeAsync("start", async () =>
    {
        if (_process.Current is not null)
        {
            return;
        }

        await RequirePresentAsync(cancellationToken);
        await EndToolsAsync(cancellationToken);
        await _feeder.ForbidAsync(cancellationToken);
        var isPrimary = spec.Role == MemberRole.Primary;
        // A standby carries a rule from its first moment, so that promoting it can never acknowledge alone by a late reload.
        var sync = !isPrimary && spec.Sync == SyncRule.None ? SyncRule.Blocked : spec.Sync;
        _layout.Prepare();
        _authentication.KeepExisting();
        _authentication.Write(spec.GateOpen);
        AdoptFiles(sync, isPrimary ? null : spec.Upstream);
        AtomicFile.Delete(_layout.RecoverySignal);
        if (isPrimary)
        {
            AtomicFile.Delete(_layout.StandbySignal);
        }
        else
        {
            if (spec.Upstream is not null)
            {
                // It has not diverged. (Detached, that is to be seen yet, and then what it kept for listing a loss is wanted.)
                _logKeeping.DropLoss();
            }

            AtomicFile.Write(_layout.StandbySignal, "");
        }

        if (!isPrimary)
        {
            await MakeForksWholeWhileStoppedAsync(cancellationToken);
        }

        _sync.Forget();
        _stopped.Forget();
        _faults.Begin();
        _stopping = false;
        await _forks.WaitAsync(cancellationToken);
        try
        {
            await _process.StartAsync(cancellationToken);
        }
        finally
        {
            _forks.Release();
        }

        if (_process.Current is { } server)
        {
            _runs.Begin(server.RunId);
            if (sync == SyncRule.None)
            {
                _sync.MarkAlone(server.RunId);
            }
        }
    }, cancellationToken);

    public Task StopAsync(StopMode mode, CancellationToken cancellationToken) => AtEdgeAsync("stop", async () =>
    {
        _stopping = true;
        if (mode == StopMode.Fast)
        {
            var remote = await _farewell.RemoteSendersAsync(cancellationToken);
            await _process.StopFastAsync(over => _farewell.HastenAsync(remote, over), cancellationToken);
        }
        else
        {
            await _process.StopImmediatelyAsync();
        }
    }, CancellationToken.None);

    /// <summary>
    /// Before the log of a stopped server is read, by us or by the server. Not while one starts: it may receive from its first moment. What cannot be
    /// made whole is no reason not to start: a member with less than it was elected with is not promoted.
    /// </summary>
    private async Task MakeForksWholeWhileStoppedAsync(CancellationToken cancellationToken)
    {
        await _forks.WaitAsync(cancellationToken);
        try
        {
            if (_process.Current is null)
            {
                await Task.Run(MakeForksWhole, CancellationToken.None);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _log($"{_self.Name}: the segments in which timelines begin could not be compared: {fault.Message}");
        }
        finally
        {
            _forks.Release();
        }
    }

    private void MakeForksWhole()
    {
        foreach (var mended in _forkSegments.MakeWhole())
        {
            _log($"{_self.Name}: {mended}");
        }
    }

    /// <summary>Makes the files in the data directory ours; what the user had is kept.</summary>
    private void AdoptFiles(SyncRule sync, string? upstream)
    {
        _layout.Prepare();
        _authentication.KeepExisting();
        _authentication.Write(_authentication.GateOpen);
        _settings.Adopt();
        // Whoever starts archives nothing before the record is seen to name it, and to know its timeline.
        AllowArchiving(null);
        WriteBackupConfiguration();
        _archive.Write();
        _settings.Write(sync, upstream);
    }

    private void RequireStopped(string what)
    {
        if (_process.Current is { } server)
        {
            throw new EngineException($"cannot {what} while the server of {_layout.Data} runs (pid {server.Pid}): stop it first");
        }
    }

    private async Task RequirePresentAsync(CancellationToken cancellationToken)
    {
        var (state, problem) = await _inspector.LookAsync(cancellationToken);
        if (state != DataState.Present)
        {
            throw new EngineException(problem ?? (state == DataState.Empty
                ? $"{_layout.Data} is empty: initialise it or clone into it first"
                : $"{_layout.Data} is not whole, its making was interrupted: clone it anew"));
        }
    }

    private async Task RequireReplaceableAsync(bool allowPresent, CancellationToken cancellationToken)
    {
        _layout.Prepare();
        var (state, problem) = await _inspector.LookAsync(cancellationToken);
        if (state == DataState.Foreign)
        {
            throw new EngineException(problem ?? $"{_layout.Data} is not Holdfast's");
        }

        if (state == DataState.Present && !allowPresent)
        {
            throw new EngineException($"{_layout.Data} holds a PostgreSQL server already: it is adopted, never overwritten");
        }

        await EndToolsAsync(cancellationToken);
    }

    /// <summary>An agent that was killed may have left a copy at work, or a server that it had started alone to list a loss.</summary>
    private async Task EndToolsAsync(CancellationToken cancellationToken)
    {
        await Wait.UntilAsync(_time, Wait.Coarse, () =>
        {
            var tools = PostgresProcesses.ToolsAtWork(_layout.Data, _layout.CloneDirectory);
            foreach (var pid in tools)
            {
                Native.Signal(pid, Native.Kill);
            }

            return Task.FromResult(tools.Count == 0);
        }, cancellationToken);
        await IsolatedServer.EndLeftAsync(_layout, _time, cancellationToken);
    }
}
