using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Copying;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;

namespace Holdfast.Engines.PostgreSql.Observation;

/// <summary>
/// What the files of a server tell that has a process and does not answer yet. An ordinary start is over before this is looked at; where the
/// log ends is read again from time to time, because the server may be receiving.
/// </summary>
internal sealed class StartingFacts(Layout layout, Binaries binaries, TimeProvider time)
{
    private static readonly TimeSpan Ordinary = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);
    private string? _runId;
    private long _since;
    private Task<(ControlFile Control, LogEnd? End)>? _work;
    private (ControlFile Control, LogEnd? End)? _found;

    /// <summary>Never waits: a look that has not ended yet is found by a later call.</summary>
    public EngineView AddTo(EngineView view, string runId)
    {
        if (_runId != runId)
        {
            // A look that began under the run before says nothing about this one.
            (_runId, _since, _work, _found) = (runId, time.GetTimestamp(), null, null);
        }

        if (_work is { IsCompleted: true } work)
        {
            // A file that changes while it is read may be read wrongly once; the next look tells.
            _found = work.IsCompletedSuccessfully ? work.Result : null;
            _work = null;
            _since = time.GetTimestamp();
            if (work.Exception?.GetBaseException() is { } exception and not (EngineException or IOException or UnauthorizedAccessException))
            {
                throw new InvalidOperationException($"cannot tell whether the log of {layout.Data} reaches its pages", exception);
            }
        }
        else if (_work is null && time.GetElapsedTime(_since) >= (_found is null ? Ordinary : Again))
        {
            _work = Task.Run(() => LogEnd.LookAsync(layout, binaries));
        }

        return _found is { } found ? PagesAhead.AddTo(view, layout, found.Control, found.End) : view;
    }
}
