using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Holdfast.Core.Topology;

namespace Holdfast.Gate.Following;

/// <summary>Addresses of members whose host is a name, looked up beside the forwarding, so that nobody waits for a name service.</summary>
internal sealed class AddressBook(TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, IPAddress> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Null: the name has not been resolved yet.</summary>
    public IPEndPoint? Find(Endpoint endpoint) =>
        IPAddress.TryParse(endpoint.Host, out var literal) ? new IPEndPoint(literal, endpoint.Port)
        : _known.TryGetValue(endpoint.Host, out var found) ? new IPEndPoint(found, endpoint.Port) : null;

    /// <summary>Looks the names up now and again and again. An address that was found stays when the name service fails.</summary>
    public async Task RunAsync(IEnumerable<string> hosts, Action<string> problem, CancellationToken stop)
    {
        var names = hosts.Where(host => !IPAddress.TryParse(host, out _)).Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        while (true)
        {
            var found = await Task.WhenAll(names.Select(name => LookUpAsync(name, problem, stop)));
            await Task.Delay(found.All(one => one) ? Interval : Retry, time, stop);
        }
    }

    private async Task<bool> LookUpAsync(string name, Action<string> problem, CancellationToken stop)
    {
        using var clock = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, stop);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(name, either.Token);
            if (addresses.OrderBy(address => address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).FirstOrDefault() is { } address)
            {
                _known[name] = address;
                return true;
            }
        }
        catch (Exception fault) when (fault is SocketException || (fault is OperationCanceledException && !stop.IsCancellationRequested))
        {
            problem($"the host name {name} cannot be resolved ({fault.Message})");
        }

        return false;
    }
}
