using System.Globalization;
using System.Text;
using Holdfast.Core.Topology;

namespace Holdfast.Gate.Haproxy;

/// <summary>An HAProxy configuration that does, by asking the agents' health endpoints, what can be done so of the gate's work.</summary>
public static class HaproxyText
{
    /// <param name="file">Name of the file that it is made from, for its first line.</param>
    public static string Of(SystemSpec system, IEnumerable<StoreSpec> stores, string file)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(stores);
        var all = stores.ToList();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Made by 'holdfast haproxy' from {file.ReplaceLineEndings(" ")}. Make it anew when members change.
            # The agents' health endpoints decide: /primary answers 200 on the one member that may write, admits clients and can prove that
            # nobody has taken over; /replica?lag=BYTES on a standby that streams and is close behind.
            # HAProxy asks; it is not told. During a change of primary, connection attempts fail for some tenths of a second, where
            # 'holdfast gate' would hold them.

            global
                log stdout format raw local0 info
                maxconn {all.Sum(store => 2 * store.Gate.MaxConnections) + 100}

            defaults
                mode tcp
                log global
                option tcplog
                option clitcpka
                option srvtcpka
                timeout connect 2s
                timeout check 1s
                # A session of a database may be idle for long; the server decides when to end it.
                timeout client 12h
                timeout server 12h

            """);
        foreach (var store in all)
        {
            Write(text, system, store);
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, SystemSpec system, StoreSpec store)
    {
        Listen(text, system, store, "read-write", store.Gate.ReadWrite, "/primary", "", "fall 1 rise 1");
        var fallback = store.Gate.WithoutStandby == WithoutStandby.Primary;
        Listen(
            text, system, store, "read-only", store.Gate.ReadOnly, $"/replica?lag={store.Gate.LagBound.ToString(CultureInfo.InvariantCulture)}",
            "    balance leastconn\n" + (fallback ? $"    use_backend {store.Name}-primary if {{ nbsrv({store.Name}-read-only) eq 0 }}\n" : ""),
            "fall 2 rise 1");
        if (fallback)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nbackend {store.Name}-primary\n");
            Servers(text, system, store, "/primary", "fall 1 rise 1");
        }
    }

    private static void Listen(
        StringBuilder text, SystemSpec system, StoreSpec store, string name, Endpoint address, string check, string more, string counts)
    {
        var fallback = more.Contains("use_backend", StringComparison.Ordinal);
        text.Append(CultureInfo.InvariantCulture, $"\n{(fallback ? "frontend" : "listen")} {store.Name}-{name}{(fallback ? "-in" : "")}\n");
        text.Append(CultureInfo.InvariantCulture, $"    bind {address}\n    maxconn {store.Gate.MaxConnections}\n");
        if (fallback)
        {
            text.Append(more.Replace("    balance leastconn\n", "", StringComparison.Ordinal));
            text.Append(CultureInfo.InvariantCulture, $"    default_backend {store.Name}-{name}\n\nbackend {store.Name}-{name}\n    balance leastconn\n");
        }
        else
        {
            text.Append(more);
        }

        Servers(text, system, store, check, counts);
    }

    private static void Servers(StringBuilder text, SystemSpec system, StoreSpec store, string check, string counts)
    {
        var tls = !system.Security.HasTls ? ""
            : system.Security.TlsCaFile is { } authority ? $" check-ssl verify required ca-file {authority}"
            : " check-ssl verify required ca-file @system-ca";
        text.Append(CultureInfo.InvariantCulture, $"    option httpchk\n    http-check send meth GET uri {check}\n    http-check expect status 200\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"    default-server inter 250ms fastinter 100ms downinter 250ms {counts} on-marked-down shutdown-sessions\n");
        foreach (var member in store.Members.Values)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"    server {member.Name} {member.Address} check addr {member.Agent.Host} port {member.Agent.Port}{tls}\n");
        }
    }
}
