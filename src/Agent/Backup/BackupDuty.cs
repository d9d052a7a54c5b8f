using Holdfast.Agent.Api;
using Holdfast.Agent.Hosting;
using Holdfast.Agent.Logging;
using Holdfast.Core.Backup;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines;
using Holdfast.Engines.Backup;

namespace Holdfast.Agent.Backup;

/// <summary>
/// Backups of one member's group, beside the loop. While the record names this member, it lets its server archive, takes backups that are due or
/// asked for, one at a time, and ends the one that runs as soon as that is over. Nothing is remembered: what is due comes from the repository,
/// so that the next primary goes on where this one was.
/// </summary>
internal sealed class BackupDuty(
    StoreSpec store, MemberSpec self, IBackupEngine engine, RepositoryMark mark, TimeProvider time, EventLog log, Func<string> newId)
    : IBackupDesk
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(1);
    /// <summary>Where nothing is taken by itself, only to see whether log is missing.</summary>
    private static readonly TimeSpan SeldomInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortLimit = TimeSpan.FromSeconds(30);

    private readonly RepositorySpec _repository = store.Backup!.At(self.Site)!;
    private readonly Lock _lock = new();
    private volatile MemberView? _view;
    private (string Id, BackupType Type)? _asked;
    private Attempt? _running;
    private readonly LettingGo _lettingGo = new(engine, log);
    private EndedBackup? _last;
    private long? _failedAt;
    private string? _schedule;
    private volatile string? _lastFault;
    private volatile RepositoryView? _seen;
    private string? _preparedRun;

    /// <summary>What is wrong may be over at any time, and is told until it is seen to be.</summary>
    private TimeSpan Interval => _lastFault is not null ? RetryInterval : store.Backup!.HasSchedule ? LookInterval : SeldomInterval;

    /// <summary>What the member's loop saw last.</summary>
    public void Follow(MemberView view)
    {
        _view = view;
        if (HasEnded(view))
        {
            lock (_lock)
            {
                // On another thread: ending a program must not delay the loop.
                _ = _running?.End.CancelAsync();
                _lettingGo.End();
            }
        }
    }

    public async Task RunAsync(CancellationToken stop)
    {
        await EndLeftAsync(stop);
        using var timer = new PeriodicTimer(Tick, time);
        long? lookedAt = null, triedAt = null;
        uint? allowed = null;
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var view = _view;
                var timeline = view is not null && Serves(view) ? view.Engine.Position?.Timeline : null;
                if (timeline != allowed || view?.Engine.RunId != _preparedRun)
                {
                    Guarded(() => engine.AllowArchiving(timeline));
                    allowed = timeline;
                }

                if (view is null || timeline is null)
                {
                    (_schedule, lookedAt, triedAt, _seen) = (null, null, null, null);
                    GiveBack(NotPrimary);
                    continue;
                }

                if (view.Engine.RunId != _preparedRun)
                {
                    if (triedAt is not { } tried || time.GetElapsedTime(tried) >= RetryInterval)
                    {
                        triedAt = time.GetTimestamp();
                        await PrepareAsync(view.Engine.RunId, view.Record!.Epoch, stop);
                        GiveBack(view.Engine.RunId == _preparedRun ? null : NotReady);
                        await _lettingGo.RunAsync(isReady: view.Engine.RunId == _preparedRun, stop);
                    }

                    continue;
                }

                if (Taken() is var (id, type))
                {
                    await TakeAsync(id, type, "asked for", stop);
                    lookedAt = null;
                }
                else if (lookedAt is not { } looked || time.GetElapsedTime(looked) >= Interval)
                {
                    lookedAt = time.GetTimestamp();
                    await FollowScheduleAsync(stop);
                }
            }
        }
        finally
        {
            GiveBack(NotPrimary);
        }
    }

    public CommandResult Ask(BackupType type)
    {
        if (_view is not { } view || !Serves(view))
        {
            return new CommandResult(false, $"{self.Name} is not the primary, which takes the backups: ask {_view?.Record?.Primary ?? "it"}");
        }

        if (view.Engine.RunId != _preparedRun && _lastFault is not null)
        {
            return new CommandResult(false, NotReady);
        }

        lock (_lock)
        {
            if (_running is { } running)
            {
                return new CommandResult(false, $"a backup ({BackupTiming.Name(running.Type)}) is under way already; follow it with 'holdfast backups'");
            }

            if (_asked is not null)
            {
                return new CommandResult(false, "another backup has just been asked for; follow it with 'holdfast backups'");
            }

            _asked = (newId()[..12], type);
            return new CommandResult(true, $"the backup begins ({BackupTiming.Name(type)})", _asked.Value.Id);
        }
    }

    public BackupActivity Activity()
    {
        lock (_lock)
        {
            return new BackupActivity(
                _asked is { } asked ? new RunningBackup(asked.Id, asked.Type, 0, null, "about to begin") : _running?.Status(time), _last);
        }
    }

    public async Task<BackupReport> ReportAsync(CancellationToken cancellationToken)
    {
        var seen = await engine.ReadRepositoryAsync(cancellationToken);
        var activity = Activity();
        return new BackupReport
        {
            Store = store.Name,
            Site = self.Site,
            Member = self.Name,
            Repository = _repository.Name,
            Place = _repository.Place.ToString()!,
            Encrypted = _repository.Key is not null,
            Problem = seen.Problem ?? _lastFault,
            Backups = seen.Backups,
            Restorable = seen.Restorable,
            Running = activity.Running,
            Last = activity.Last,
            Schedule = _schedule,
            Archive = BackupHealthBuilder.Archive(_view?.Engine.Archive),
        };
    }

    /// <summary>How all that fares, for this member's status.</summary>
    public BackupHealth Health(MemberView view, RestoreTestDuty? tests) => BackupHealthBuilder.Build(_repository, view, _seen, _lastFault, tests);

    private static bool Serves(MemberView view) =>
        view is
        {
            IAmPrimary: true, IsPassive: false, Record: { IsBeingBorn: false, PendingFork: null },
            Engine: { Process: ProcessState.Running, Role: MemberRole.Primary },
        };

    /// <summary>It certainly does not serve any more. What could not be looked at this time is no reason to end a backup.</summary>
    private static bool HasEnded(MemberView view) =>
        view.Record is not null && (!view.IAmPrimary || view.IsPassive || view.Engine is { Process: ProcessState.Stopped } or { Role: MemberRole.Standby });

    private async Task EndLeftAsync(CancellationToken stop)
    {
        using var limit = new TimeLimit(ShortLimit, time, stop);
        try
        {
            if (await engine.EndLeftBackupAsync(limit.Token))
            {
                log.Warning("backup", "a backup that the agent before this one had begun was still at work, and was ended; it is not in the repository");
            }
        }
        catch (EngineException exception)
        {
            Say(exception.Message);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            Say("a backup that the agent before this one had begun does not end");
        }
    }

    private async Task PrepareAsync(string? run, long epoch, CancellationToken stop)
    {
        using var limit = new TimeLimit(ShortLimit, time, stop);
        try
        {
            var seen = await engine.ReadRepositoryAsync(limit.Token);
            if (seen.Problem is { } problem)
            {
                Say(problem);
                return;
            }

            var maker = await mark.ReadAsync(_repository, limit.Token);
            if (seen.Exists == false && maker is not null)
            {
                Say($"repository {_repository.Name} at {_repository.Place} is not the one that {maker} began: " +
                    (_repository.Place is RepositoryPlace.Folder
                        ? $"mount the same storage on each host of {self.Site}" : "name the same bucket and path again") +
                    "; if it was lost, give the new one another name in the file");
                return;
            }

            await engine.CreateRepositoryAsync(limit.Token);
            if (maker is null)
            {
                await mark.WriteAsync(_repository, self.Name, epoch, limit.Token);
            }

            _preparedRun = run;
            Say(null);
        }
        catch (Exception exception) when (exception is EngineException or Coordination.CoordinationException)
        {
            Say(exception.Message);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            Say($"the backup repository {_repository.Place} does not answer within {ShortLimit.TotalSeconds:0} s");
        }
    }

    private async Task FollowScheduleAsync(CancellationToken stop)
    {
        using var limit = new TimeLimit(ShortLimit, time, stop);
        RepositoryView seen;
        try
        {
            seen = await engine.ReadRepositoryAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            Say($"the backup repository {_repository.Place} does not answer within {ShortLimit.TotalSeconds:0} s");
            return;
        }

        Say(seen.Problem);
        _seen = seen;
        if (seen.Problem is not null)
        {
            return;
        }

        var decision = BackupTiming.Decide(new BackupView
        {
            Spec = store.Backup!,
            Now = time.GetUtcNow().ToUnixTimeSeconds(),
            Backups = seen.Backups,
            IsCutOff = seen.Restorable is { IsCutOff: true },
            FailedFor = _failedAt is { } failed ? time.GetElapsedTime(failed) : null,
        });
        _schedule = decision.Reason;
        if (decision.Due is { } due)
        {
            await TakeAsync(id: null, due, decision.Reason, stop);
        }
    }

    private async Task TakeAsync(string? id, BackupType type, string reason, CancellationToken stop)
    {
        using var attempt = new Attempt(id, type, time.GetTimestamp(), stop);
        lock (_lock)
        {
            (_running, _asked) = (attempt, null);
        }

        log.Info("backup", $"backup begins, {BackupTiming.Name(type)}: {reason}");
        EndedBackup? ended = null;
        try
        {
            var label = await engine.TakeBackupAsync(type, attempt, attempt.End.Token);
            ended = new EndedBackup(id, type, label, $"backup {label} is taken");
            _failedAt = null;
            log.Info("backup", ended.Message, ("seconds", time.GetElapsedTime(attempt.Began).TotalSeconds));
        }
        catch (EngineException exception)
        {
            ended = new EndedBackup(id, type, null, exception.Message);
            _failedAt = time.GetTimestamp();
            log.Error("backup", exception.Message);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            ended = new EndedBackup(id, type, null, $"{self.Name} is not the primary any more, so its backup was ended; ask the new one");
            log.Warning("backup", ended.Message);
        }
        finally
        {
            // Both at once: who follows it must find one or the other.
            lock (_lock)
            {
                (_running, _last) = (null, ended ?? _last);
            }
        }
    }

    private (string Id, BackupType Type)? Taken()
    {
        lock (_lock)
        {
            return _asked;
        }
    }

    private string NotReady => $"the repository is not ready: {_lastFault}; then ask again";

    private string NotPrimary => $"{self.Name} is not the primary any more; ask the new one";

    /// <param name="why">What was asked for is not done; null: it is.</param>
    private void GiveBack(string? why)
    {
        lock (_lock)
        {
            if (why is not null && _asked is { } asked)
            {
                _last = new EndedBackup(asked.Id, asked.Type, null, why);
                _asked = null;
            }
        }
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is EngineException or IOException or UnauthorizedAccessException)
        {
            Say(exception.Message);
        }
    }

    /// <summary>A fault is told once, and when it is over.</summary>
    private void Say(string? fault)
    {
        if (fault == _lastFault)
        {
            return;
        }

        _lastFault = fault;
        if (fault is null)
        {
            log.Info("backup", $"repository {_repository.Name} at {_repository.Place} is ready");
        }
        else
        {
            log.Warning("backup", fault);
        }
    }

    /// <summary>A backup on its way.</summary>
    private sealed class Attempt(string? id, BackupType type, long began, CancellationToken stop) : IProgress<BackupProgress>, IDisposable
    {
        private volatile BackupProgress _progress = new(null, "beginning");

        public BackupType Type => type;
        public long Began => began;
        public CancellationTokenSource End { get; } = CancellationTokenSource.CreateLinkedTokenSource(stop);

        public void Report(BackupProgress value) => _progress = value;

        public RunningBackup Status(TimeProvider time)
        {
            var progress = _progress;
            return new RunningBackup(id, type, time.GetElapsedTime(began).TotalSeconds, progress.Percent, progress.Phase);
        }

        public void Dispose() => End.Dispose();
    }
}
