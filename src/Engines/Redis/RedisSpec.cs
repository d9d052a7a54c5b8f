using System.Collections.Immutable;
using Holdfast.Core;
using Holdfast.Core.Topology;

namespace Holdfast.Engines.Redis;

/// <summary>The <c>redis:</c> section of a store.</summary>
public sealed record RedisSpec : EngineSpec
{
    /// <summary>Names of the server's program, the one to be preferred first.</summary>
    public ImmutableArray<string> Programs { get; init; } = ["redis-server", "valkey-server"];
    /// <summary>Folder of the server's program; null: found on the path.</summary>
    public string? BinDirectory { get; init; }
    /// <summary>Settings of the user's, applied on all members. Those that Holdfast owns are refused by the validation.</summary>
    public ImmutableSortedDictionary<string, string> Settings { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    /// <summary>Name of the user as whom applications log in.</summary>
    public string ApplicationUser { get; init; } = "app";
    /// <summary>That user's password; null: generated, the same on all members.</summary>
    public Secret? ApplicationPassword { get; init; }
    /// <summary>How much of the replication stream is kept for standbys that are away, in MiB; one that is away for longer gets a full copy.</summary>
    public int BacklogMebibytes { get; init; } = 64;

    public override long? UsualQueueBound => (long)BacklogMebibytes << MebibyteShift;

    private const int MebibyteShift = 20;

    /// <summary>What a server is told to keep of its stream: for its own site what the section says, for the other site what the link's bound says.</summary>
    public long BacklogBytes(StoreSpec store)
    {
        ArgumentNullException.ThrowIfNull(store);
        var own = (long)BacklogMebibytes << MebibyteShift;
        return store.HasTwoSites ? Math.Max(own, store.Link.QueueBound) : own;
    }

    /// <summary>Settings that belong to Holdfast; a user's file must not set them.</summary>
    public static readonly ImmutableSortedSet<string> OwnedSettings = ImmutableSortedSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "bind", "port", "unixsocket", "unixsocketperm", "protected-mode", "dir", "dbfilename", "appendonly", "appendfilename", "appenddirname", "save",
        "aclfile", "user", "requirepass", "masterauth", "masteruser", "primaryauth", "primaryuser", "replicaof", "slaveof", "replica-read-only",
        "slave-read-only", "replica-serve-stale-data", "slave-serve-stale-data", "min-replicas-to-write", "min-replicas-max-lag", "min-slaves-to-write",
        "min-slaves-max-lag", "replica-announce-ip", "replica-announce-port", "replica-announced", "slave-announce-ip", "slave-announce-port",
        "replica-ignore-maxmemory", "slave-ignore-maxmemory", "proc-title-template", "set-proc-title", "replica-priority", "slave-priority",
        "repl-backlog-size", "repl-backlog-ttl", "repl-diskless-sync", "repl-diskless-sync-delay",
        "repl-diskless-load", "daemonize", "supervised", "pidfile", "logfile", "syslog-enabled", "include", "rename-command", "cluster-enabled",
        "shutdown-timeout", "shutdown-on-sigterm", "shutdown-on-sigint", "enable-debug-command", "enable-protected-configs", "aof-use-rdb-preamble");
}
