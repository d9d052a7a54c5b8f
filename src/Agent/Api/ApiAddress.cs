using System.Net;
using System.Net.Sockets;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Api;

/// <summary>Where the API listens, and whether it may.</summary>
internal static class ApiAddress
{
    private static readonly TimeSpan ResolveLimit = TimeSpan.FromSeconds(5);

    /// <summary>Beyond loopback, anybody may call: only behind TLS and a token.</summary>
    /// <exception cref="AgentApiException">The address is not loopback and TLS or the token is missing.</exception>
    public static void RequireProtection(string member, Endpoint address, SecuritySpec security)
    {
        if (address.IsLoopback)
        {
            return;
        }

        string[] missing = [.. security.Token is null ? ["token"] : Array.Empty<string>(), .. security.HasTls ? Array.Empty<string>() : ["tls"]];
        if (missing.Length > 0)
        {
            throw new AgentApiException(
                $"the agent of {member} must not listen on {address} without {string.Join(" and ", missing)}: " +
                $"set {string.Join(" and ", missing.Select(name => $"security.{name}"))} in the file, or use a loopback address");
        }
    }

    /// <exception cref="AgentApiException">The name cannot be resolved.</exception>
    public static async Task<IPAddress[]> ResolveAsync(Endpoint address, TimeProvider time, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(address.Host, out var literal))
        {
            return [literal];
        }

        using var clock = new CancellationTokenSource(ResolveLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        try
        {
            var found = await Dns.GetHostAddressesAsync(address.Host, either.Token);
            return [.. found.Distinct()];
        }
        catch (Exception fault) when (fault is SocketException || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new AgentApiException(
                $"the agent's host name {address.Host} cannot be resolved ({fault.Message}): " +
                "correct the member's 'agent' address or the name service", fault);
        }
    }
}
