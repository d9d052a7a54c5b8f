using System.Collections.Immutable;
using Holdfast.Agent.Hosting;
using Holdfast.Agent.Logging;
using Holdfast.Core.Sites;

namespace Holdfast.Agent.Sites;

/// <summary>The long jobs of a move's steps: a hook, a checkpoint, a verification. Each runs once in each run of the agent.</summary>
internal sealed class StepJobs(EventLog log, TimeProvider time, Action wake)
{
    private readonly Lock _gate = new();
    private ImmutableArray<StepJob> _jobs = [];

    public ImmutableArray<StepJob> Current
    {
        get
        {
            lock (_gate)
            {
                return _jobs;
            }
        }
    }

    /// <param name="run">Gives whether it succeeded and what it came to; it may report how far it is. Its faults count as failures.</param>
    public void Start(SiteMove move, StepKind step, Func<IProgress<string>, CancellationToken, Task<(bool Succeeded, string Text)>> run, CancellationToken stop)
    {
        lock (_gate)
        {
            if (_jobs.Any(job => job.MoveId == move.Id && job.Step == step))
            {
                return;
            }

            _jobs = [.. _jobs.Where(job => job.MoveId == move.Id), new StepJob(move.Id, step, false, false, $"{Words.Of(step)} runs")];
        }

        _ = Beside.Run(() => RunAsync(move.Id, step, run, stop));
    }

    private async Task RunAsync(
        string move, StepKind step, Func<IProgress<string>, CancellationToken, Task<(bool Succeeded, string Text)>> run, CancellationToken stop)
    {
        var begun = time.GetTimestamp();
        StepJob ended;
        try
        {
            var (succeeded, text) = await run(new Reporter(this, move, step), stop);
            ended = new StepJob(move, step, true, succeeded, text);
        }
        catch (Exception exception)
        {
            ended = new StepJob(move, step, true, false, exception.Message);
        }

        log.Info("move", $"{Words.Of(step)}: {ended.Text}", ("ok", ended.Succeeded), ("ms", (long)time.GetElapsedTime(begun).TotalMilliseconds));
        Set(ended);
        wake();
    }

    private void Set(StepJob job)
    {
        lock (_gate)
        {
            _jobs = [.. _jobs.Where(other => other.MoveId != job.MoveId || other.Step != job.Step), job];
        }
    }

    private sealed class Reporter(StepJobs jobs, string move, StepKind step) : IProgress<string>
    {
        public void Report(string value) => jobs.Set(new StepJob(move, step, false, false, value));
    }
}
