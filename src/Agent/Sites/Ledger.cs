using Holdfast.Agent.Hosting;
using Holdfast.Agent.Logging;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;
using Holdfast.Engines;

namespace Holdfast.Agent.Sites;

/// <summary>
/// Keeps the ledger of heartbeats: the active primary writes a row with its clock and place in the log, the others read how far it has come to
/// them. Its interval and its faults touch nothing else.
/// </summary>
/// <param name="write">Writes a row under an epoch and gives its clock, in milliseconds since 1970.</param>
/// <param name="read">Epoch and clock of the newest row here; null: none yet.</param>
internal sealed class Ledger(
    Func<long, CancellationToken, Task<long>> write, Func<CancellationToken, Task<(long Epoch, long Clock)?>> read,
    TimeSpan interval, TimeProvider time, EventLog log)
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);
    private volatile MemberView? _view;
    private Row? _row;

    private sealed record Row(long Epoch, long Clock);

    /// <summary>The clock in the newest row that is known here; milliseconds since 1970, by the active primary's clock. Null: none.</summary>
    public long? Clock => Volatile.Read(ref _row)?.Clock;

    /// <summary>That row, if it was written under this site epoch, with its epoch; else null: it is by the clock of another site.</summary>
    public (long Epoch, long Clock)? RowUnder(long siteEpoch) =>
        Volatile.Read(ref _row) is { } row && Eras.Of(row.Epoch) == siteEpoch ? (row.Epoch, row.Clock) : null;

    /// <summary>What the member's loop saw last.</summary>
    public void Follow(MemberView view) => _view = view;

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(interval, time);
        string? told = null;
        while (await timer.WaitForNextTickAsync(stop))
        {
            if (_view is not { Engine.Process: ProcessState.Running, Record: { IsBeingBorn: false } record } view || view.Activity.Job is not null)
            {
                continue;
            }

            using var limit = new TimeLimit(CallLimit, time, stop);
            try
            {
                if (view is { IAmPrimary: true, IsPassive: false, Engine: { Role: MemberRole.Primary, GateOpen: true } })
                {
                    Volatile.Write(ref _row, new Row(record.Epoch, await write(record.Epoch, limit.Token)));
                }
                else if (view.Engine.Role == MemberRole.Standby && await read(limit.Token) is { } newest)
                {
                    Volatile.Write(ref _row, new Row(newest.Epoch, newest.Clock));
                }

                told = null;
            }
            catch (Exception exception) when (exception is EngineException || (exception is OperationCanceledException && !stop.IsCancellationRequested))
            {
                // Without it the lag is not known, and planned moves are refused.
                var fault = exception is OperationCanceledException ? $"not done within {CallLimit.TotalSeconds:0.#} s" : exception.Message;
                log.Write(told == fault ? EventLevel.Debug : EventLevel.Warning, "ledger", fault);
                told = fault;
                await Task.Delay(Rest, time, stop);
            }
        }
    }
}
