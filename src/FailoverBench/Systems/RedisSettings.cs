using System.Collections.Immutable;
using Holdfast.FailoverBench.Clients;

namespace Holdfast.FailoverBench.Systems;

/// <summary>
/// Settings of Redis that are the same everywhere: what Holdfast sets, given to the others explicitly. The short replication timeouts and the
/// large backlog make the others faster, not slower, than they are with the server's defaults.
/// </summary>
internal static class RedisSettings
{
    /// <summary>As they are written; all are in the file of every system but Holdfast's, whose own values they are.</summary>
    public static readonly ImmutableArray<(string Name, string Value)> Written =
    [
        ("save", "\"\""), ("appendonly", "yes"), ("aof-use-rdb-preamble", "yes"), ("replica-serve-stale-data", "yes"), ("replica-read-only", "yes"),
        ("min-replicas-max-lag", "10"), ("repl-backlog-size", "67108864"), ("repl-backlog-ttl", "0"), ("repl-diskless-sync", "yes"),
        ("repl-diskless-sync-delay", "0"), ("repl-ping-replica-period", "2"), ("repl-timeout", "5"), ("shutdown-timeout", "2"),
    ];

    /// <summary>Compared between the primaries of all systems; a difference ends the run, for then figures do not compare.</summary>
    public static readonly ImmutableArray<string> Compared =
    [
        .. Written.Select(setting => setting.Name),
        "appendfsync", "no-appendfsync-on-rewrite", "auto-aof-rewrite-percentage", "auto-aof-rewrite-min-size", "maxmemory", "maxmemory-policy", "hz",
        "io-threads", "client-output-buffer-limit", "tcp-keepalive", "repl-diskless-load", "repl-disable-tcp-nodelay", "databases",
    ];

    /// <summary>The lines of a file of settings.</summary>
    public static string Lines => string.Concat(Written.Select(setting => $"{setting.Name} {setting.Value}\n"));

    /// <summary>What the server that is connected to has, and which version it is.</summary>
    public static async Task<ImmutableSortedDictionary<string, string>> ReadAsync(RedisConnection connection, CancellationToken cancellationToken)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, string>();
        foreach (var name in Compared)
        {
            var answer = await connection.CallAsync(cancellationToken, "CONFIG", "GET", name);
            values[name] = answer is [_, { } value] ? value : "";
        }

        values["version"] = RedisFacts.Fields((await connection.AskAsync(cancellationToken, "INFO", "server"))!).GetValueOrDefault("redis_version", "");
        return values.ToImmutable();
    }
}
