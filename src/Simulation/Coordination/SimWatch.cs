using Holdfast.Coordination;
using Holdfast.Simulation.Time;

namespace Holdfast.Simulation.Coordination;

/// <summary>One watch: it tells late, is cut and comes back, and starts anew when what it has missed has been compacted away.</summary>
internal sealed class SimWatch : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private const long SilenceLimitMs = 800;
    private const long AliveMs = 300;
    private readonly World _world;
    private readonly AgentRun _run;
    private readonly SimCluster _cluster;
    private readonly string _prefix;
    private readonly Queue<WatchUpdate> _told = [];
    private TaskCompletionSource<WatchUpdate>? _waiter;
    private long _sent;
    private (long Sent, long? Revision) _got;
    private long? _revision;
    private bool _connected;
    private int _connection;
    private int _term;
    private long _lastContact;
    private long _lastAlive;
    private long _deliveredUntil;
    private bool _pumping;
    private bool _over;

    public SimWatch(World world, AgentRun run, SimCluster cluster, string prefix)
    {
        (_world, _run, _cluster, _prefix) = (world, run, cluster, prefix);
        cluster.Changed += Notice;
        Beat();
    }

    public Task<WatchUpdate> NextAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_told.TryDequeue(out var update))
        {
            return Task.FromResult(update);
        }

        var waiter = new TaskCompletionSource<WatchUpdate>();
        _waiter = waiter;
        var registration = cancellationToken.Register(() => waiter.TrySetCanceled(cancellationToken));
        return Finish(waiter, registration);
    }

    public void Dispose()
    {
        _over = true;
        _cluster.Changed -= Notice;
    }

    private static async Task<WatchUpdate> Finish(TaskCompletionSource<WatchUpdate> waiter, CancellationTokenRegistration registration)
    {
        using (registration)
        {
            return await waiter.Task;
        }
    }

    private bool IsReached => _cluster.IsReachedBy(_run.Host);

    private void Notice()
    {
        if (_run.Ended)
        {
            Dispose();
        }
        else if (_connected && !_pumping)
        {
            _pumping = true;
            _world.After(0, null, Pump);
        }
    }

    private void Pump()
    {
        _pumping = false;
        if (_over || !_connected || !IsReached)
        {
            return;
        }

        var (events, seen, _) = _cluster.Store.Since(_prefix, _sent);
        if (events is null || _revision is null)
        {
            var whole = _cluster.Store.Read(_prefix);
            _sent = whole.Revision;
            _revision = whole.Revision;
            Deliver(new WatchUpdate.Whole(whole));
            return;
        }

        _sent = seen;
        if (events.Value.Length > 0)
        {
            _revision = events.Value[^1].Revision;
            Deliver(new WatchUpdate.Changes(_revision.Value, [.. events.Value.Select(change => (change.Key, change.Value))]));
        }
    }

    /// <summary>In order, each some time after it was sent.</summary>
    private void Deliver(WatchUpdate update)
    {
        var delay = _world.Between(0, 5 + _cluster.Distance) + _cluster.DelayTo(_run.Host) +
            (!_world.Calm && _world.Chance(_world.Weather.LateNews) ? _world.Between(10, 700) : 0);
        _deliveredUntil = Math.Max(_deliveredUntil, _world.Now + delay);
        var (connection, sent, revision) = (_connection, _sent, _revision);
        // Not so long after now: two of one millisecond would be told in the order of their parts of it.
        _run.After(TimeSpan.FromMilliseconds(_deliveredUntil) - TimeSpan.FromTicks(_world.Schedule.Now), () =>
        {
            if (connection == _connection)
            {
                (_lastContact, _got) = (_world.Now, (sent, revision));
                Tell(update);
            }
        });
    }

    private void Tell(WatchUpdate update)
    {
        if (_waiter is { } waiter)
        {
            _waiter = null;
            waiter.TrySetResult(update);
        }
        else
        {
            _told.Enqueue(update);
        }
    }

    private void Beat()
    {
        if (_over)
        {
            return;
        }

        _run.After(Tick, Beat);
        if (!_connected)
        {
            Connect();
        }
        else if (_term != _cluster.Term || _world.Now - _lastContact > SilenceLimitMs)
        {
            _connected = false;
            _connection++;
            (_sent, _revision) = _got; // What was on its way is lost, and told again.
            Tell(new WatchUpdate.Disconnected("simulated: the connection is lost"));
            if (_world.Chance(0.5))
            {
                _revision = null; // Another server, which only tells the whole.
            }
        }
        else if (IsReached)
        {
            Pump();
            if (_world.Now - _lastAlive >= AliveMs && _revision is { } revision)
            {
                _lastAlive = _world.Now;
                Deliver(new WatchUpdate.Alive(revision));
            }
        }
    }

    private void Connect()
    {
        if (IsReached)
        {
            _connected = true;
            _term = _cluster.Term;
            _lastContact = _world.Now;
            _lastAlive = 0;
            Pump();
        }
    }
}
