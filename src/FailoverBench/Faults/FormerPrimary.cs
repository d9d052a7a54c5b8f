using System.Data.Common;
using System.Net.Sockets;
using Holdfast.FailoverBench.Clients;

namespace Holdfast.FailoverBench.Faults;

/// <summary>
/// A client that sticks to one server, over a session opened before the fault: asks a thawed former primary again and again to take a
/// write. Whatever it acknowledges while another is primary is a second writer's.
/// </summary>
internal sealed class FormerPrimary(IProbe probe, string member, TimeProvider time) : IAsyncDisposable
{
    /// <summary>So long it is asked after the thaw.</summary>
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CallDeadline = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private readonly List<long> _acknowledged = [];
    private long _id;

    public string Member => member;

    /// <summary>Ids of writes that it acknowledged.</summary>
    public IReadOnlyCollection<long> Acknowledged => _acknowledged;

    /// <summary>Opens the session, while all is well.</summary>
    /// <param name="firstId">Of this probe's writes; all probes write to the same place.</param>
    public Task OpenAsync(long firstId, CancellationToken cancellationToken)
    {
        _id = firstId;
        return probe.OpenAsync().WaitAsync(Span, time, cancellationToken);
    }

    /// <summary>Asks until the time is over; to be started before the thaw, so that no moment is missed.</summary>
    public async Task AskAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (time.GetElapsedTime(start) < Span)
        {
            var pending = Task.CompletedTask;
            try
            {
                if (!probe.IsOpen)
                {
                    if (!probe.HasRoom)
                    {
                        await Task.Delay(Pause, time, cancellationToken);
                        continue;
                    }

                    pending = probe.OpenAsync();
                    await pending.WaitAsync(CallDeadline, time, cancellationToken);
                }

                pending = probe.WriteAsync(++_id);
                await pending.WaitAsync(CallDeadline, time, cancellationToken);
                _acknowledged.Add(_id);
            }
            catch (Exception fault) when (fault is DbException or TimeoutException or IOException or SocketException)
            {
                // Refused or silent, as it should be.
                probe.Abandon(pending);
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    public ValueTask DisposeAsync() => probe.DisposeAsync();
}
