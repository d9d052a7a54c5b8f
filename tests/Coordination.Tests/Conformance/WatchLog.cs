using System.Collections.Immutable;
using Holdfast.Harness;

namespace Holdfast.Coordination.Tests.Conformance;

/// <summary>Runs a watch in the background, keeps all it says, and builds the picture that follows from it.</summary>
public sealed class WatchLog : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Task _running;
    private ImmutableList<WatchUpdate> _updates = [];
    private ImmutableSortedDictionary<string, KeyValue> _keys = ImmutableSortedDictionary<string, KeyValue>.Empty;

    public WatchLog(ICoordination coordination, string prefix) => _running = RunAsync(coordination, prefix);

    public ImmutableList<WatchUpdate> Updates
    {
        get
        {
            lock (_gate)
            {
                return _updates;
            }
        }
    }

    public ImmutableSortedDictionary<string, KeyValue> Keys
    {
        get
        {
            lock (_gate)
            {
                return _keys;
            }
        }
    }

    /// <summary>All values a key was seen with, in order.</summary>
    public IReadOnlyList<string> Values(string key) =>
    [
        .. Updates.OfType<WatchUpdate.Changes>().SelectMany(changes => changes.Keys)
            .Where(change => change.Key == key && change.Value is not null)
            .Select(change => change.Value!.Text),
    ];

    public Task UntilAsync(Func<WatchLog, bool> condition, int seconds = 10) => Eventually.TrueAsync(
        () => _running.IsCompleted ? throw new InvalidOperationException("the watch ended", _running.Exception) : condition(this),
        TimeSpan.FromSeconds(seconds),
        () => $"not seen; the last updates: {string.Join(" ; ", Updates.TakeLast(8))}");

    /// <summary>Waits for an update that came after the first <paramref name="after"/> ones.</summary>
    public Task UntilAsync<T>(int after = 0, int seconds = 10) where T : WatchUpdate =>
        UntilAsync(log => log.Updates.Skip(after).OfType<T>().Any(), seconds);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(ICoordination coordination, string prefix)
    {
        try
        {
            await foreach (var update in coordination.WatchAsync(prefix, _stop.Token))
            {
                lock (_gate)
                {
                    _updates = _updates.Add(update);
                    _keys = update switch
                    {
                        WatchUpdate.Whole whole => whole.Snapshot.Keys,
                        WatchUpdate.Changes changes => changes.Keys.Aggregate(
                            _keys, (keys, change) =>
                                change.Value is null ? keys.Remove(change.Key) : keys.SetItem(change.Key, change.Value)),
                        _ => _keys,
                    };
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // That is how a watch ends.
        }
    }
}
