using System.Collections.Immutable;

namespace Holdfast.Harness.Sites;

/// <summary>
/// Sites as networks of their own: each host is a namespace with one address, connected to the router of its site, and the routers are
/// connected in pairs. A packet between two sites has one way only, so cutting it cuts the link. We ourselves reach every host by a wire
/// of our own, at the very address that the others use; no cut touches it, and nothing passes between hosts on it.
/// </summary>
public sealed partial class Net : IAsyncDisposable
{
    private const int MostNets = 250;
    private static int _count;
    private readonly NetPlan _plan;
    private readonly int _number;
    private readonly Dictionary<string, Namespace> _routers = [];
    private readonly Dictionary<string, NetHost> _hosts = [];

    private Net(NetPlan plan)
    {
        _plan = plan;
        _number = Interlocked.Increment(ref _count);
        if (_number > MostNets)
        {
            throw new InvalidOperationException($"one test program makes at most {MostNets} nets");
        }
    }

    public IEnumerable<NetHost> Hosts => _hosts.Values;

    /// <summary>Where we are for the servers, when we connect to them: <c>10.N.0.1/32</c>.</summary>
    public string OurAddress => $"10.{_number}.0.1";

    /// <summary>All addresses of this net.</summary>
    public string Range => $"10.{_number}.0.0/16";

    /// <summary>Builds the whole.</summary>
    /// <exception cref="InvalidOperationException">A tool failed, or we are not in <see cref="OwnNetwork"/>.</exception>
    public static async Task<Net> CreateAsync(NetPlan plan)
    {
        if (OwnNetwork.WhyNot is { } reason)
        {
            throw new InvalidOperationException(reason);
        }

        var net = new Net(plan);
        try
        {
            await net.BuildAsync();
            return net;
        }
        catch
        {
            await net.DisposeAsync();
            throw;
        }
    }

    public NetHost Host(string name) => _hosts[name];

    /// <summary>The namespace that forwards for a site.</summary>
    public Namespace Router(string site) => _routers[site];

    public async ValueTask DisposeAsync()
    {
        // The kernel removes what is in a namespace with it, but in its own time: our ends of the wires go now.
        await Namespace.RunHereAsync(["ip", "-force", "-batch", "-"], string.Concat(_hosts.Keys.Select(host => $"link del {Wire(host)}\n")));
        await Namespace.RunHereAsync(["ip", "-force", "-batch", "-"], $"addr del {OurAddress}/32 dev lo\n");
        foreach (var host in _hosts.Values)
        {
            host.Dispose();
        }

        foreach (var router in _routers.Values)
        {
            router.Dispose();
        }
    }

    private async Task BuildAsync()
    {
        foreach (var (site, siteIndex) in _plan.Sites.Select((site, index) => (site, index)))
        {
            _routers[site.Name] = await Namespace.CreateAsync($"router of {site.Name}");
            foreach (var (host, index) in site.Hosts.Select((host, index) => (host, index)))
            {
                _hosts[host] = new NetHost(host, site.Name, $"10.{_number}.{siteIndex + 1}.{index + 11}", await Namespace.CreateAsync(host));
            }
        }

        await Namespace.RunHereAsync(["ip", "-batch", "-"], string.Concat(Wires()));
        await Namespace.RunHereAsync(["ip", "-batch", "-"], string.Concat(OurSide()));
        await Task.WhenAll(_hosts.Values.Select(host => host.Namespace.RunAsync(["ip", "-batch", "-"], string.Concat(HostSide(host)))));
        await Task.WhenAll(_plan.Sites.Select(BuildRouterAsync));
    }

    /// <summary>The devices: one pair from each host to its router, one between every two routers, one from us to each host.</summary>
    private IEnumerable<string> Wires()
    {
        foreach (var host in _hosts.Values)
        {
            yield return $"link add site netns {host.Namespace.Path} type veth peer name {Port(host.Name)} netns {_routers[host.Site].Path}\n";
            yield return $"link add ours netns {host.Namespace.Path} type veth peer name {Wire(host.Name)}\n";
        }

        foreach (var (a, b) in _plan.Pairs)
        {
            yield return $"link add {Link(b.Name)} netns {_routers[a.Name].Path} type veth peer name {Link(a.Name)} netns {_routers[b.Name].Path}\n";
        }
    }

    private IEnumerable<string> OurSide()
    {
        yield return "link set lo up\n";
        yield return $"addr add {OurAddress}/32 dev lo\n";
        foreach (var host in _hosts.Values)
        {
            yield return $"link set {Wire(host.Name)} up\n";
            yield return $"route add {host.Address}/32 dev {Wire(host.Name)} src {OurAddress}\n";
        }
    }

    private IEnumerable<string> HostSide(NetHost host)
    {
        var gateway = Gateway(host.Site);
        yield return "link set site up\n";
        yield return "link set ours up\n";
        yield return $"addr add {host.Address}/32 dev site\n";
        yield return $"route add {gateway}/32 dev site\n";
        yield return $"route add default via {gateway} dev site src {host.Address}\n";
        yield return $"route add {OurAddress}/32 dev ours src {host.Address}\n";
    }

    private async Task BuildRouterAsync(SitePlan site)
    {
        var router = _routers[site.Name];
        await router.RunAsync(["ip", "-batch", "-"], string.Concat(RouterSide(site)));
        await router.RunAsync(["sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"]);
        await router.RunAsync(
            ["nft", "-f", "-"], $"table inet cuts {{\n  chain {Chain} {{\n    type filter hook forward priority 0; policy accept;\n  }}\n}}\n");
    }

    private IEnumerable<string> RouterSide(SitePlan site)
    {
        yield return $"addr add {Gateway(site.Name)}/32 dev lo\n";
        foreach (var host in site.Hosts)
        {
            yield return $"link set {Port(host)} up\n";
            yield return $"route add {_hosts[host].Address}/32 dev {Port(host)}\n";
        }

        foreach (var other in _plan.Sites.Where(other => other != site))
        {
            yield return $"link set {Link(other.Name)} up\n";
            yield return $"route add {Gateway(other.Name)}/32 dev {Link(other.Name)}\n";
            yield return $"route add {Subnet(other.Name)} via {Gateway(other.Name)} dev {Link(other.Name)}\n";
        }
    }

    private int Index(string site) => _plan.Sites.Select(one => one.Name).ToList().IndexOf(site) + 1;

    private string Subnet(string site) => $"10.{_number}.{Index(site)}.0/24";

    private string Gateway(string site) => $"10.{_number}.{Index(site)}.1";

    /// <summary>A router's device towards another site.</summary>
    private static string Link(string site) => $"to-{site}";

    /// <summary>A router's device towards a host.</summary>
    private static string Port(string host) => $"h-{host}";

    /// <summary>Our own device towards a host.</summary>
    private string Wire(string host) => $"n{_number}x{_hosts.Keys.ToList().IndexOf(host)}";
}
