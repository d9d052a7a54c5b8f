using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Holdfast.Core.Topology;

/// <summary>A host (name or address) and a TCP port. IPv6 addresses are written in brackets: <c>[::1]:5432</c>.</summary>
public readonly record struct Endpoint(string Host, int Port)
{
    /// <summary>True for 127.0.0.0/8, ::1 and the name <c>localhost</c>.</summary>
    public bool IsLoopback =>
        string.Equals(Host, "localhost", StringComparison.OrdinalIgnoreCase) ||
        (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>Parses <c>host:port</c>; the port is 1 to 65535.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Endpoint endpoint)
    {
        endpoint = default;
        var colon = text?.LastIndexOf(':') ?? -1;
        if (text is null || colon <= 0 ||
            !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
        {
            return false;
        }

        var host = text[..colon];
        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (bracketed)
        {
            host = host[1..^1];
        }

        if (host.Length == 0 || Uri.CheckHostName(host) == UriHostNameType.Unknown || (!bracketed && host.Contains(':', StringComparison.Ordinal)))
        {
            return false;
        }

        endpoint = new Endpoint(host, port);
        return true;
    }
}
