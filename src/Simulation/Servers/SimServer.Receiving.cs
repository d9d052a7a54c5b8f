using Holdfast.Core.Failover;
using Holdfast.Simulation.Sites;

namespace Holdfast.Simulation.Servers;

internal sealed partial class SimServer
{
    /// <summary>A stream that carries nothing is given up after this.</summary>
    private const int StreamTimeoutMs = 1_000;

    private Connection? _connection;
    private int _receiver;

    public string? Upstream { get; private set; }
    public bool Receiving { get; private set; }
    /// <summary>When something last came from this member's server.</summary>
    public Dictionary<string, long> HeardFrom { get; } = new(StringComparer.Ordinal);
    /// <summary>The server from which this one is streaming now; for the oath.</summary>
    public SimServer? StreamsFrom => _connection?.Upstream;

    public void Attach(string upstream)
    {
        if (!(Process == ProcessState.Running || Lacks) || Role != MemberRole.Standby || Upstream == upstream)
        {
            return;
        }

        _connection = null;
        Upstream = upstream;
        Receiving = true;
        var receiver = ++_receiver;
        world.After(world.Between(1, 20), name, () => Connect(receiver));
    }

    /// <summary>As it was configured when it started, unless that has been changed since.</summary>
    private void Reattach()
    {
        if (Upstream is { } upstream)
        {
            Upstream = null;
            Attach(upstream);
        }
    }

    public void Detach(Action done)
    {
        Upstream = null;
        world.After(world.Between(3, 30), name, () =>
        {
            if (Upstream is null)
            {
                Receiving = false;
                Disconnect();
            }

            done();
        });
    }

    private void Connect(int receiver)
    {
        if (receiver != _receiver || Upstream is null || !(Process == ProcessState.Running || Lacks) || _connection is not null)
        {
            return;
        }

        var upstream = world.Servers[Upstream];
        if ((_recovered || Lacks) && Reaches(upstream) && upstream.CanFeed(site) && !upstream._stopping && CanFollow(upstream))
        {
            _partial = 0;
            _connection = new Connection(upstream, upstream.Accept(name, new Lsn(0)), world.Now);
            Pump(_connection);
        }
        else
        {
            world.After(world.Between(40, 150), name, () => Connect(receiver));
        }
    }

    /// <summary>A standby of a site feeds the others there, and nobody else.</summary>
    private bool CanFeed(SimSite there) => RunsAsPrimary || (world.HasTwoSites && there == site && Process == ProcessState.Running && _recovered);

    /// <summary>By numbers, as PostgreSQL compares: it cannot see what the log says.</summary>
    private bool CanFollow(SimServer upstream)
    {
        if (upstream.SystemId != SystemId)
        {
            return false;
        }

        if (upstream.Timeline == Timeline)
        {
            return End <= upstream.End;
        }

        var next = upstream._history.FindIndex(fork => fork.Timeline == Timeline) + 1;
        return (Timeline == 1 || next > 0) && next < upstream._history.Count && End <= upstream._history[next].Fork;
    }

    public bool Reaches(SimServer upstream) => world.Network.Connects(name, upstream.Name) && !world.IsFrozen(upstream.Name);

    private void Pump(Connection connection)
    {
        if (_connection != connection)
        {
            return;
        }

        var upstream = connection.Upstream;
        if (connection.Sender.Run != upstream.Run || (!Reaches(upstream) && world.Now - connection.LastAt > StreamTimeoutMs))
        {
            Disconnect();
            var receiver = _receiver;
            world.After(world.Between(10, 100), name, () => Connect(receiver));
            return;
        }

        if (Reaches(upstream) && !world.IsFrozen(name) && !connection.Stalled(world.Now))
        {
            connection.LastAt = HeardFrom[upstream.Name] = world.Now;
            Receive(connection, upstream);
        }

        world.After(world.Between(5, 50), name, () => Pump(connection));
    }

    private void Receive(Connection connection, SimServer upstream)
    {
        var count = Math.Min(world.Between(0, 12), upstream._log.Count - _log.Count);
        for (var i = 0; i < count; i++)
        {
            var entry = upstream._log[_log.Count];
            if (_log.Count > 0 && _log[^1] != entry.Parent)
            {
                world.Oath.Break(4, $"{name} received {entry} from {upstream.Name}, which does not follow from its own {_log[^1]}: two histories are mixed");
                return;
            }

            if (entry.Timeline != Timeline)
            {
                Timeline = entry.Timeline;
                _history.Clear();
                _history.AddRange(upstream._history.Where(fork => fork.Timeline <= entry.Timeline));
            }

            _log.Add(entry);
        }

        _partial = upstream._log.Count > _log.Count ? world.Between(0, LogEntry.Bytes - 1) : 0;
        if (count > 0)
        {
            world.Oath.Received(this, upstream);
            if (!Lacks)
            {
                Process = ProcessState.Running;
            }

            var run = Run;
            world.After(world.Between(0, 20), name, () => Recover(run));
        }

        var flushed = Flushed;
        world.After(world.Between(1, 25), upstream.Name, () =>
        {
            if (world.Network.Connects(name, upstream.Name) && upstream.Run == connection.Sender.Run)
            {
                upstream.Reply(connection.Sender, flushed);
            }
        });
    }

    private void Disconnect()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            var sees = world.Network.Connects(name, connection.Upstream.Name);
            world.After(sees ? world.Between(1, 30) : StreamTimeoutMs, connection.Upstream.Name, () => connection.Upstream.Drop(connection.Sender));
        }
    }

    /// <summary>Makes the present stream carry nothing for a while.</summary>
    public void StallStream(int milliseconds)
    {
        if (_connection is { } connection)
        {
            connection.StalledUntil = world.Now + milliseconds;
        }
    }

    private sealed class Connection(SimServer upstream, Sender sender, long at)
    {
        public SimServer Upstream { get; } = upstream;
        public Sender Sender { get; } = sender;
        public long LastAt { get; set; } = at;
        public long StalledUntil { get; set; }
        public bool Stalled(long now) => now < StalledUntil;
    }
}
