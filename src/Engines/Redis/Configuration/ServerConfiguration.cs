using System.Globalization;
using System.Text;
using Holdfast.Core;
using Holdfast.Core.Topology;
using Holdfast.Engines.Redis.Files;
using Holdfast.Engines.Redis.Server;

namespace Holdfast.Engines.Redis.Configuration;

/// <summary>The server's configuration, written anew before each start. It is never rewritten by the server: what it is told later, it is told again.</summary>
internal sealed class ServerConfiguration(StoreSpec store, MemberSpec self, RedisSpec spec, Layout layout)
{
    /// <summary>More standbys than there can be: no write is accepted.</summary>
    public const int NoWrites = int.MaxValue;
    /// <summary>Nobody can listen there: a server that follows it is a standby that is attached to nobody.</summary>
    public const string NobodyHost = "127.0.0.1";
    public const string NobodyPort = "0";
    private const long UsualHardLimit = 256L << 20;
    private const long UsualSoftLimit = 64L << 20;

    /// <param name="upstream">Standby only; null: detached.</param>
    /// <param name="log">Whether it writes its log, and begins with what is in it; else it begins with the snapshot.</param>
    public void Write(MemberState state, MemberSpec? upstream, bool log, Secret replication)
    {
        var text = Own(ServerPlace.OfMember(layout), log, replication);
        Add(text, "bind", BindAddresses());
        Add(text, "port", self.Address.Port.ToString(CultureInfo.InvariantCulture));
        // Whoever it follows is to know it whatever address it has there; the server takes any word.
        Add(text, "replica-announce-ip", self.Name);
        Add(text, "min-replicas-to-write", state.AcceptsAlone ? "0" : NoWrites.ToString(CultureInfo.InvariantCulture));
        if (state.Role == ToldRole.Standby)
        {
            Add(text, "replicaof", upstream is null
                ? $"{NobodyHost} {NobodyPort}" : string.Create(CultureInfo.InvariantCulture, $"{upstream.Address.Host} {upstream.Address.Port}"));
        }

        text.AppendLine("# The user's, from 'settings' of the store:");
        foreach (var (name, value) in spec.Settings)
        {
            Add(text, name, value);
        }

        AtomicFile.WriteIfChanged(layout.Configuration, text.ToString());
    }

    /// <summary>For a server that only fetches a copy of the upstream's data: nobody but Holdfast can reach it.</summary>
    public void WriteForCopy(MemberSpec upstream, Secret replication)
    {
        var place = ServerPlace.OfCopy(layout);
        var text = Own(place, log: false, replication);
        Add(text, "replicaof", string.Create(CultureInfo.InvariantCulture, $"{upstream.Address.Host} {upstream.Address.Port}"));
        WriteAlone(place, text);
    }

    /// <summary>For a server that only reads what was salvaged.</summary>
    public void WriteForSalvaged(ServerPlace place, bool log, Secret replication) => WriteAlone(place, Own(place, log, replication));

    /// <summary>It listens on its socket only, and has what it needs to read the data.</summary>
    private void WriteAlone(ServerPlace place, StringBuilder text)
    {
        Add(text, "port", "0");
        foreach (var (name, value) in spec.Settings.Where(setting => setting.Key is "loadmodule" or "databases"))
        {
            Add(text, name, value);
        }

        AtomicFile.Write(place.Configuration, text.ToString());
    }

    private StringBuilder Own(ServerPlace place, bool log, Secret replication)
    {
        var text = new StringBuilder("# Written by Holdfast before each start of the server; changes made here are lost.\n");
        Add(text, "dir", Quote(place.Data));
        Add(text, "unixsocket", Quote(place.Socket));
        Add(text, "unixsocketperm", "700");
        Add(text, "pidfile", Quote(place.PidFile));
        Add(text, "logfile", "\"\"");
        Add(text, "daemonize", "no");
        Add(text, "supervised", "no");
        Add(text, "protected-mode", "no");
        Add(text, "aclfile", Quote(layout.Users));
        Add(text, "masteruser", Users.Replication);
        Add(text, "masterauth", Quote(replication.Reveal()));
        Add(text, "save", "\"\"");
        Add(text, "dbfilename", Layout.SnapshotName);
        Add(text, "appendonly", log ? "yes" : "no");
        Add(text, "appenddirname", Layout.LogFolderName);
        Add(text, "aof-use-rdb-preamble", "yes");
        Add(text, "replica-read-only", "yes");
        Add(text, "replica-serve-stale-data", "yes");
        Add(text, "min-replicas-max-lag", "10");
        var backlog = spec.BacklogBytes(store);
        Add(text, "repl-backlog-size", Number(backlog));
        Add(text, "repl-backlog-ttl", "0");
        Add(text, "repl-diskless-sync", "yes");
        Add(text, "repl-diskless-sync-delay", "0");
        Add(text, "repl-ping-replica-period", "2");
        Add(text, "repl-timeout", "5");
        // What waits for a standby is kept in the backlog in any case: below its size nothing is gained by giving the standby up.
        Add(text, "client-output-buffer-limit", $"replica {Number(Math.Max(backlog, UsualHardLimit))} {Number(Math.Max(backlog, UsualSoftLimit))} 60");
        Add(text, "shutdown-timeout", "2");
        return text;
    }

    /// <summary>Where the address is a name, the host may know it by several numbers, also by one that is only its own: it listens everywhere.</summary>
    private string BindAddresses() => System.Net.IPAddress.TryParse(self.Address.Host, out _) ? self.Address.Host : "* -::*";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Add(StringBuilder text, string name, string value) => text.Append(name).Append(' ').Append(value).Append('\n');

    private static string Quote(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
