using Holdfast.Agent.Heartbeats;
using Holdfast.Core.Topology;
using Holdfast.Simulation.Time;

namespace Holdfast.Simulation.Hosts;

/// <summary>Datagrams between agents: they get lost, come late, twice, and in another order. What is taken is for the agent's own inbox.</summary>
internal sealed class SimHeartbeats(World world, AgentRun run, IEnumerable<MemberSpec> peers) : IHeartbeatLink
{
    private readonly SortedDictionary<string, PeerInbox> _inboxes = new(
        peers.Where(peer => peer.Name != run.Host).ToDictionary(peer => peer.Name, peer => new PeerInbox(peer, false), StringComparer.Ordinal),
        StringComparer.Ordinal);

    public event Action<string>? Received;

    public void Start() => world.Hosts[run.Host].Link = this;

    public void Send(Heartbeat heartbeat)
    {
        run.ThrowIfEnded();
        foreach (var peer in _inboxes.Keys)
        {
            var copies = world.Network.Copies(run.Host, peer, world.Random);
            for (var i = 0; i < copies; i++)
            {
                var takes = world.Between(0, 3) + world.Network.ExtraDelay(run.Host, peer, world.Random) + world.Distance(run.Host, peer);
                world.After(takes, null, () => Arrive(heartbeat, peer));
            }
        }
    }

    public PeerObservation? Latest(string member) => _inboxes.GetValueOrDefault(member)?.Latest;

    public TimeSpan? SilentFor(string member) => _inboxes.GetValueOrDefault(member)?.SilentFor(run.Clock);

    public TimeSpan? RttTo(string member) => null;

    public void Dispose() => world.Hosts[run.Host].Link = null;

    private void Arrive(Heartbeat heartbeat, string peer)
    {
        if (world.Network.Delivers(run.Host, peer))
        {
            world.After(0, peer, () => world.Hosts[peer].Link?.Take(heartbeat));
        }
    }

    private void Take(Heartbeat heartbeat)
    {
        if (!run.Ended && _inboxes.TryGetValue(heartbeat.Member, out var inbox) && inbox.Take(heartbeat, run.Clock.GetTimestamp()) == Arrival.Changed)
        {
            Received?.Invoke(heartbeat.Member);
        }
    }
}
