using System.Net;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Rules;

/// <summary>When two addresses, or two directories of a host, are one and the same.</summary>
internal static class HostPlaces
{
    /// <summary>The host of an address. All of loopback is one host, whatever it is called.</summary>
    public static string HostOf(Endpoint endpoint) => endpoint.IsLoopback ? "localhost" : Comparable(endpoint).Host;

    /// <summary>Written in one way, so that two that are the same compare as equal.</summary>
    public static Endpoint Comparable(Endpoint endpoint)
    {
        var host = endpoint.Host.ToLowerInvariant();
        if (host == "localhost")
        {
            host = "127.0.0.1";
        }
        else if (IPAddress.TryParse(host, out var address))
        {
            host = address.ToString();
        }

        return endpoint with { Host = host };
    }

    /// <summary>True when one of two directories is the other or lies within it.</summary>
    public static bool Overlap(string one, string other) => Within(one, other) || Within(other, one);

    /// <summary>The same for a data directory, to which <c>DATA.holdfast</c> belongs as well.</summary>
    public static bool OverlapsData(string path, string data) => Overlap(path, data) || Overlap(path, data + ".holdfast");

    private static bool Within(string path, string folder) => path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal);
}
