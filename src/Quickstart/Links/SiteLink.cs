using System.Collections.Immutable;
using Holdfast.Quickstart.Layout;

namespace Holdfast.Quickstart.Links;

/// <summary>
/// The link between the two sites. On loopback there is no line to cut, so every member is known at the other site by ports of this program,
/// which carries what passes between the sites: replication, heartbeats and calls between agents. etcd is reached by both sites
/// whatever becomes of the link, as over a witness that sees both.
/// </summary>
internal sealed class SiteLink : IAsyncDisposable
{
    private readonly LinkGate _gate = new();
    private readonly ImmutableSortedDictionary<string, MemberPlace> _fromAfar;
    private readonly List<IAsyncDisposable> _relays = [];

    public SiteLink(Place place)
    {
        var ports = new Queue<int>(Ports.FindFree(2 * place.All.Count(), [.. place.PortsTaken]));
        _fromAfar = place.All.ToImmutableSortedDictionary(
            member => member.Name, member => member with { Port = ports.Dequeue(), AgentPort = ports.Dequeue() }, StringComparer.Ordinal);
        foreach (var member in place.All)
        {
            var afar = _fromAfar[member.Name];
            _relays.Add(new TcpRelay(afar.Port, member.Port, _gate));
            _relays.Add(new TcpRelay(afar.AgentPort, member.AgentPort, _gate));
            _relays.Add(new UdpRelay(afar.AgentPort, member.AgentPort, _gate));
        }
    }

    /// <summary>The member as a site knows it: by its own ports at its own site, by those of the link at the other.</summary>
    public MemberPlace SeenFrom(string site, MemberPlace member) => member.Site == site ? member : _fromAfar[member.Name];

    /// <summary>From now on nothing passes.</summary>
    public void Cut() => _gate.Close();

    public void Heal() => _gate.Open();

    public async ValueTask DisposeAsync()
    {
        foreach (var relay in _relays)
        {
            await relay.DisposeAsync();
        }
    }
}
