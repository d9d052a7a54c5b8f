using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Copying;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;

namespace Holdfast.Engines.PostgreSql.Observation;

/// <summary>
/// What the files of a stopped server tell. Where its log ends takes reading what recovery would read, so it is found in the
/// background, once
/// per stop, and is unknown until then.
/// </summary>
/// <param name="prepare">Called before the files are read.</param>
internal sealed class StoppedFacts(Layout layout, Binaries binaries, TimeProvider time, Func<Task> prepare)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);
    private readonly Lock _lock = new();
    private (DateTime Written, Task<(ControlFile Control, LogEnd? End)> Work)? _known;

    public void Forget()
    {
        lock (_lock)
        {
            _known = null;
        }
    }

    public async Task<EngineView> AddAsync(EngineView view, CancellationToken cancellationToken)
    {
        if (view.Data != DataState.Present)
        {
            return view;
        }

        var work = Work();
        try
        {
            var (control, end) = await work.WaitAsync(Patience, time, cancellationToken);
            return PagesAhead.AddTo(
                view with { CleanShutdown = control.WasShutDown, Position = end?.Position, History = end?.History ?? [] }, layout, control, end);
        }
        catch (TimeoutException)
        {
            return view;
        }
        catch (EngineException exception)
        {
            return view with { Fault = view.Fault ?? exception.Message };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return view with { Fault = view.Fault ?? $"the log of {layout.Data} cannot be read: {exception.Message}" };
        }
    }

    /// <summary>The same, waiting as long as it takes.</summary>
    /// <exception cref="EngineException">The control file or the lineage cannot be read.</exception>
    public async Task<(ControlFile Control, LogEnd End)> ReadAsync(CancellationToken cancellationToken)
    {
        var (control, end) = await Work().WaitAsync(cancellationToken);
        return (control, end ?? throw new EngineException(
            $"a history file of timeline {control.NewestTimeline} is missing in {layout.Log}: " +
            "the lineage of this member is not known; run 'holdfast reinit'"));
    }

    private async Task<(ControlFile Control, LogEnd? End)> LookAsync()
    {
        await prepare();
        return await LogEnd.LookAsync(layout, binaries);
    }

    private Task<(ControlFile Control, LogEnd? End)> Work()
    {
        lock (_lock)
        {
            var written = File.GetLastWriteTimeUtc(layout.ControlFile);
            if (_known is not { } known || known.Written != written || known.Work.IsFaulted)
            {
                _known = known = (written, Task.Run(LookAsync));
            }

            return known.Work;
        }
    }
}
