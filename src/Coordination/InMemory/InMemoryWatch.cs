using System.Collections.Immutable;

namespace Holdfast.Coordination.InMemory;

/// <summary>One watch: a place in the store's history.</summary>
internal sealed class InMemoryWatch(InMemoryStore store, InMemoryFaults faults, string prefix, TimeSpan alivePeriod)
{
    private long? _revision;
    private long _seen;
    private bool _connected;
    private bool _reported;

    /// <summary>The next thing to tell.</summary>
    public async Task<WatchUpdate> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var weather = faults.Changed;
            if (!faults.Unreachable)
            {
                _reported = false;
                var (update, changed) = Look();
                if (update is not null)
                {
                    return update;
                }

                using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                var pause = Task.Delay(alivePeriod, store.Time, stop.Token);
                await Task.WhenAny(changed, weather, pause);
                _connected &= !pause.IsCompleted;
                await stop.CancelAsync();
            }
            else if (!_reported)
            {
                _reported = true;
                _connected = false;
                return new WatchUpdate.Disconnected("in-memory store: cannot be reached (injected fault)");
            }
            else
            {
                await weather.WaitAsync(cancellationToken);
            }
        }
    }

    private (WatchUpdate? Update, Task Changed) Look()
    {
        var (events, seen, changed) = store.Since(prefix, _seen);
        if (_revision is null || events is null)
        {
            var whole = store.Read(prefix);
            _revision = _seen = whole.Revision;
            return (new WatchUpdate.Whole(whole), changed);
        }

        _seen = seen;
        if (events.Value.Length > 0)
        {
            var last = events.Value[^1].Revision;
            _revision = last;
            return (new WatchUpdate.Changes(last, [.. events.Value.Select(change => (change.Key, change.Value))]), changed);
        }

        // Said after each connection and then each period.
        if (!_connected)
        {
            _connected = true;
            return (new WatchUpdate.Alive(_revision.Value), changed);
        }

        return (null, changed);
    }
}
