using System.Text.Json;
using Holdfast.Agent.Logging;
using Holdfast.Agent.Records;
using Holdfast.Coordination;

namespace Holdfast.Agent.Loop;

/// <summary>
/// The primary's sign of life in coordination, so that in a group of two, where no third member can agree, coordination can (R7). It compares
/// the record, so a deposed primary's pulse does not beat.
/// </summary>
internal sealed class PulseWriter(ICoordination coordination, GroupKeys keys, string me, TimeSpan interval, TimeProvider time, EventLog log)
{
    private volatile GroupPicture? _picture;

    /// <summary>The picture under which this member is primary and its server runs; null: do not beat.</summary>
    public void Follow(GroupPicture? picture) => _picture = picture;

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(interval, time);
        var beat = 0L;
        while (await timer.WaitForNextTickAsync(stop))
        {
            if (_picture is not { Record: { } record } picture)
            {
                continue;
            }

            try
            {
                var pulse = JsonSerializer.Serialize(new PulseDocument(me, record.Epoch, ++beat), DocumentContext.Default.PulseDocument);
                await coordination.TransactAsync(
                    new Transaction([new Condition.Unchanged(keys.Record, picture.RecordRevision)], [new Operation.Put(keys.Pulse, pulse)]), stop);
            }
            catch (CoordinationException exception)
            {
                log.Debug("pulse", exception.Message);
            }
        }
    }
}
