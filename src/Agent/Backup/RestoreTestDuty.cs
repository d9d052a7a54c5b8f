using System.Collections.Immutable;
using Holdfast.Agent.Api;
using Holdfast.Agent.Hosting;
using Holdfast.Agent.Logging;
using Holdfast.Coordination;
using Holdfast.Core.Backup;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines;
using Holdfast.Engines.Backup;

namespace Holdfast.Agent.Backup;

/// <summary>
/// Test restores and scans, beside the loop, one at a time in the group; and a look at the place of the repository now and then, at every member: the
/// next primary will need it, too. A killed agent's leftovers are removed when the next one starts.
/// </summary>
internal sealed class RestoreTestDuty(
    StoreSpec store, MemberSpec self, IRestoreTestEngine engine, IBackupEngine backups, RepositoryMark mark, RestoreTestBook book, TimeProvider time,
    EventLog log, Func<string> newId)
    : IRestoreTestDesk
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ScheduleInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);
    /// <summary>Each costs a request that is paid for.</summary>
    private static readonly TimeSpan BucketLookInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan KeepInterval = RestoreTestBook.ClaimTime / 4;
    private static readonly TimeSpan ShortLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WriteRetry = TimeSpan.FromSeconds(5);

    private readonly RestoreTestSpec? _spec = store.Backup!.RestoreTest;
    private readonly long _since = time.GetUtcNow().ToUnixTimeSeconds();
    private readonly Lock _lock = new();
    private volatile MemberView? _view;
    private volatile string? _repositoryProblem;
    private volatile string? _schedule;
    private (string Id, RepositoryTask Task)? _asked;
    private Attempt? _running;
    private EndedTask? _ended;

    /// <summary>Why nothing can be written to the repository, by the last look; null: nothing speaks against it.</summary>
    public string? RepositoryProblem => _repositoryProblem;

    /// <summary>What the member's loop saw last.</summary>
    public void Follow(MemberView view) => _view = view;

    /// <param name="oldestBackup">When it ended; null: none, or not known.</param>
    public string? Alarm(long? oldestBackup) => _spec is null || !book.IsLoaded
        ? null : RestoreTestTiming.Alarm(_spec, time.GetUtcNow().ToUnixTimeSeconds(), book.Last.Record, oldestBackup);

    public RestoreTestRecord? Record => book.Last.Record;

    /// <summary>What is wrong with what is remembered; null: nothing.</summary>
    public string? RecordProblem => book.Last.Problem ?? book.LastScan.Problem;

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(WorkAsync(stop), LookAsync(stop));

    public CommandResult Ask(RepositoryTask task)
    {
        if (task == RepositoryTask.TestRestore && _spec is null)
        {
            return new CommandResult(false, $"store {store.Name} declares no place for test restores: add 'test-restore: {{directory: …}}' to its 'backup'");
        }

        lock (_lock)
        {
            if (_running is not null || _asked is not null)
            {
                return new CommandResult(false, $"{self.Name} makes a test restore or a scan already; follow it with 'holdfast backups'");
            }

            if (book.RunningAt is { } other && other != self.Name)
            {
                return new CommandResult(false, $"{other} makes a test restore or a scan; there is one at a time");
            }

            _asked = (newId()[..12], task);
            return new CommandResult(true, task == RepositoryTask.Scan ? "the scan begins" : "the test restore begins", _asked.Value.Id);
        }
    }

    public RestoreTestReport Report()
    {
        var (record, problem) = book.Last;
        var (scan, scanProblem) = book.LastScan;
        lock (_lock)
        {
            return new RestoreTestReport
            {
                Store = store.Name,
                Site = self.Site,
                Member = self.Name,
                Running = _asked is { } asked && _running is null
                    ? new RunningTask(asked.Id, asked.Task, 0, null, "about to begin") : _running?.Status(time),
                Ended = _ended,
                Record = record,
                Scan = scan,
                Problem = problem ?? scanProblem,
                Schedule = _schedule,
                Alarm = Alarm(oldestBackup: null),
            };
        }
    }

    private async Task WorkAsync(CancellationToken stop)
    {
        if (_spec is not null)
        {
            try
            {
                await engine.RemoveLeftoversAsync(_spec, stop);
            }
            catch (EngineException exception)
            {
                log.Warning("backup", exception.Message);
            }
        }

        using var timer = new PeriodicTimer(Tick, time);
        long? lookedAt = null;
        while (await timer.WaitForNextTickAsync(stop))
        {
            if (Taken() is var (id, task))
            {
                await MakeAsync(id, task, "asked for", stop);
            }
            else if (_spec is { Schedule: not null } && book.IsLoaded && _view is { } view
                && (lookedAt is not { } looked || time.GetElapsedTime(looked) >= ScheduleInterval))
            {
                lookedAt = time.GetTimestamp();
                var (due, reason) = RestoreTestTiming.Decide(View(_spec, view));
                _schedule = reason;
                if (due)
                {
                    await MakeAsync(newId()[..12], RepositoryTask.TestRestore, reason, stop);
                }
            }
        }
    }

    private async Task LookAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(store.Backup!.At(self.Site)!.Place is RepositoryPlace.Bucket ? BucketLookInterval : LookInterval, time);
        do
        {
            var problem = await engine.LookAtRepositoryAsync(stop);
            if (problem != _repositoryProblem)
            {
                _repositoryProblem = problem;
                if (problem is not null)
                {
                    log.Warning("backup", problem);
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stop));
    }

    private RestoreTestView View(RestoreTestSpec spec, MemberView view) => new()
    {
        Spec = spec,
        Now = time.GetUtcNow().ToUnixTimeSeconds(),
        Since = _since,
        Me = self.Name,
        Members =
        [
            new TestCandidate(self.Name, view.IAmPrimary, IsWell: true),
            .. view.Peers.Where(peer => view.Group.Members.ContainsKey(peer.Key)).Select(peer => new TestCandidate(
                peer.Key, view.Record?.Primary == peer.Key,
                peer.Value.HeardWithin(store.Timing.SuspectAfter) && peer.Value.Process == ProcessState.Running)),
        ],
        RunningAt = book.RunningAt is { } other && other != self.Name ? other : null,
        Record = book.Last.Record,
    };

    private async Task MakeAsync(string id, RepositoryTask task, string reason, CancellationToken stop)
    {
        var attempt = new Attempt(id, task, time.GetTimestamp());
        lock (_lock)
        {
            (_running, _asked) = (attempt, null);
        }

        long? lease = null;
        EndedTask? ended = null;
        try
        {
            using (var limit = new TimeLimit(ShortLimit, time, stop))
            {
                lease = await book.ClaimAsync(limit.Token);
            }

            if (lease is null)
            {
                ended = Interrupted("another member of the group was faster with its own");
            }
            else
            {
                log.Info("backup", $"{(task == RepositoryTask.Scan ? "scan of the repository" : "test restore")} begins: {reason}");
                using var keeping = CancellationTokenSource.CreateLinkedTokenSource(stop);
                var kept = KeepAsync(lease.Value, keeping.Token);
                try
                {
                    ended = task == RepositoryTask.Scan ? await ScanAsync(id, attempt, stop) : await TestAsync(id, attempt, stop);
                }
                finally
                {
                    await keeping.CancelAsync();
                    await kept;
                }
            }
        }
        catch (Exception exception) when (exception is EngineException or CoordinationException)
        {
            ended = Interrupted(exception.Message);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            ended = Interrupted("coordination does not answer");
        }
        finally
        {
            if (lease is { } held)
            {
                await GiveBackAsync(held);
            }

            // Both at once: who follows it must find one or the other.
            lock (_lock)
            {
                (_running, _ended) = (null, ended ?? _ended);
            }
        }

        if (ended.Ok)
        {
            log.Info("backup", ended.Message);
        }
        else
        {
            log.Error("backup", ended.Message);
        }

        EndedTask Interrupted(string message) => new(id, task, Ok: false, message, null, null);
    }

    private async Task<EndedTask> TestAsync(string id, Attempt attempt, CancellationToken stop)
    {
        var at = time.GetUtcNow().ToUnixTimeSeconds();
        var (moments, problem) = (ImmutableArray<RestoredMoment>.Empty, (string?)null);
        var seed = Seed(id);
        try
        {
            moments = await engine.TestRestoreAsync(new RestoreTestOrder(id, _spec!, seed), attempt, stop);
        }
        catch (EngineException exception)
        {
            problem = exception.Message;
        }

        var result = new RestoreTestResult(
            id, store.Name, self.Site, self.Name, at, time.GetElapsedTime(attempt.Began).TotalSeconds, seed, problem, moments);
        await WriteAsync(token => book.WriteAsync(result, token), stop);
        return new EndedTask(id, RepositoryTask.TestRestore, result.IsOk, $"test restore: {result.Summary()}", result, null);
    }

    private async Task<EndedTask> ScanAsync(string id, Attempt attempt, CancellationToken stop)
    {
        var repository = store.Backup!.At(self.Site)!;
        // Where it was begun and is empty now, something is wrong; where it is there although nobody is known to have begun it, it is read.
        if (await mark.ReadAsync(repository, stop) is null && (await backups.ReadRepositoryAsync(stop)).Exists == false)
        {
            return new EndedTask(id, RepositoryTask.Scan, Ok: true, $"repository {repository.Name} has not been begun: there is nothing to read", null, null);
        }

        var scan = await engine.ScanRepositoryAsync(id, attempt, stop);
        await WriteAsync(token => book.WriteAsync(scan, token), stop);
        return new EndedTask(
            id, RepositoryTask.Scan, scan.IsOk, $"scan of the repository: {(scan.IsOk ? "nothing is wrong" : scan.Findings[0])}", null, scan);
    }

    /// <summary>What took hours is not to be forgotten because coordination is away for a minute.</summary>
    private async Task WriteAsync(Func<CancellationToken, Task> write, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                using var limit = new TimeLimit(ShortLimit, time, stop);
                await write(limit.Token);
                return;
            }
            catch (Exception exception) when (exception is CoordinationException or OperationCanceledException && !stop.IsCancellationRequested)
            {
                log.Debug("backup", exception.Message);
                await Task.Delay(WriteRetry, time, stop);
            }
        }
    }

    private async Task KeepAsync(long lease, CancellationToken end)
    {
        try
        {
            using var timer = new PeriodicTimer(KeepInterval, time);
            while (await timer.WaitForNextTickAsync(end))
            {
                try
                {
                    await book.KeepAsync(lease, end);
                }
                catch (CoordinationException exception)
                {
                    log.Debug("backup", exception.Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
    }

    private async Task GiveBackAsync(long lease)
    {
        try
        {
            using var limit = new TimeLimit(TimeSpan.FromSeconds(1), time);
            await book.GiveBackAsync(lease, limit.Token);
        }
        catch (Exception exception) when (exception is CoordinationException or OperationCanceledException)
        {
            // It expires by itself.
            log.Debug("backup", exception.Message);
        }
    }

    private (string Id, RepositoryTask Task)? Taken()
    {
        lock (_lock)
        {
            return _asked;
        }
    }

    /// <summary>From the test's name, so that it can be told afterwards how the moment was chosen (FNV-1a).</summary>
    private static long Seed(string id) => (long)id.Aggregate(14_695_981_039_346_656_037UL, (hash, letter) => (hash ^ letter) * 1_099_511_628_211UL);

    /// <summary>One on its way.</summary>
    private sealed class Attempt(string id, RepositoryTask task, long began) : IProgress<BackupProgress>
    {
        private volatile BackupProgress _progress = new(null, "beginning");

        public long Began => began;

        public void Report(BackupProgress value) => _progress = value;

        public RunningTask Status(TimeProvider time)
        {
            var progress = _progress;
            return new RunningTask(id, task, time.GetElapsedTime(began).TotalSeconds, progress.Percent, progress.Phase);
        }
    }
}
