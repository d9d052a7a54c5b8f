using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Core.Quorum;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Archiving;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Replication;
using Holdfast.Engines.PostgreSql.Server;

namespace Holdfast.Engines.PostgreSql.Configuration;

/// <summary>Writes <c>holdfast.conf</c>, which is the last thing that <c>postgresql.conf</c> includes.</summary>
internal sealed partial class SettingsFile(
    StoreSpec store, MemberSpec self, PostgreSqlSpec spec, Layout layout, Binaries binaries, LogBound bound, ArchiveScript archive)
{
    private const int DatabaseSlots = 64;
    /// <summary>The last version that reads <c>restore_command</c> only when it starts.</summary>
    private const int FixedCommandMajor = 13;
    private const string Include = "include_if_exists = 'holdfast.conf'";

    public ServerSettings Current => ServerSettings.Read(layout) ?? new ServerSettings(SyncRule.Blocked, SyncExtra.None, null, false, 0);

    /// <summary>A setting of the user's that is at odds with what the store declares; null: none.</summary>
    public string? Conflict() => spec.Parameters.Keys.FirstOrDefault(ArchivesBy);

    /// <summary>Writes the file with the next generation, which is returned.</summary>
    public long Write(SyncRule sync, string? upstream, bool feeds = false, SyncExtra? extra = null)
    {
        var settings = new ServerSettings(sync, extra ?? SyncExtra.None, upstream, feeds, Current.Generation + 1);
        var text = new StringBuilder(
            "# Written by Holdfast; changes here are overwritten. Put settings of yours into the file of the system.\n");
        foreach (var (name, value) in All(settings))
        {
            text.Append(SettingsText.Line(name, value)).Append('\n');
        }

        DropOverrides();
        AtomicFile.Write(layout.Settings, text.ToString());
        return settings.Generation;
    }

    /// <summary>
    /// Makes sure that our file is included last and that nothing later overrides what Holdfast owns. For a stopped server.
    /// </summary>
    public void Adopt()
    {
        var main = AtomicFile.ReadOrNull(layout.MainConfiguration) ?? "";
        if (main.TrimEnd().Split('\n')[^1] != Include)
        {
            var lines = main.Split('\n').Where(line => line != Include);
            AtomicFile.Write(layout.MainConfiguration, string.Join('\n', lines).TrimEnd() + "\n" + Include + "\n");
        }

        DropOverrides();
    }

    /// <summary>What ALTER SYSTEM set goes before every included file, so it must not set what Holdfast owns: who acknowledges, above all.</summary>
    private void DropOverrides()
    {
        if (AtomicFile.ReadOrNull(layout.AutoConfiguration) is { } auto)
        {
            var kept = auto.Split('\n').Where(line => !IsOwned(line.Split('=')[0].Trim()));
            AtomicFile.WriteIfChanged(layout.AutoConfiguration, string.Join('\n', kept));
        }
    }

    private bool IsOwned(string name) =>
        PostgreSqlSpec.OwnedParameters.Contains(name) || ArchivesBy(name);

    /// <summary>A setting that decides how log is archived, where that is Holdfast's.</summary>
    private bool ArchivesBy(string name) =>
        (archive.IsFilled && PostgreSqlSpec.ArchiveParameters.Contains(name))
        || (store.Backup is not null && PostgreSqlSpec.BackupParameters.Contains(name));

    private ImmutableArray<(string Name, string Value)> All(ServerSettings settings)
    {
        var lines = new List<(string, string)>();
        lines.AddRange(Defaults().Where(line => !spec.Parameters.ContainsKey(line.Name)));
        lines.AddRange(spec.Parameters.Select(pair => (pair.Key, pair.Value)));
        lines.AddRange(Owned());
        lines.AddRange(settings.Lines(
            upstream => ConnectionInfo.ForStreaming(store.Members[upstream], self.Name, layout), ConnectionInfo.SlotName(self.Name),
            archive.IsFilled ? archive.FeedCommand : "", binaries.DataMajor <= FixedCommandMajor));
        return [.. lines];
    }

    /// <summary>What the user may set otherwise.</summary>
    private IEnumerable<(string Name, string Value)> Defaults()
    {
        var connections = Math.Max(10, (store.Members.Count * 2) + 4);
        yield return ("max_wal_senders", connections.ToString());
        // With a second site each database has a slot of its own, from which a loss can be listed.
        yield return ("max_replication_slots", (connections + (store.HasTwoSites ? DatabaseSlots : 0)).ToString());
        // The agent must get in when the clients have taken every ordinary connection.
        yield return ("superuser_reserved_connections", "6");
        yield return ("wal_keep_size", "128MB");
        yield return ("wal_sender_timeout", "3s");
        yield return ("wal_receiver_timeout", "3s");
        yield return ("wal_receiver_status_interval", "1s");
        // A client whose host or link went away without a word holds its locks until the kernel gives it up.
        yield return ("tcp_keepalives_idle", "10s");
        yield return ("tcp_keepalives_interval", "5s");
        yield return ("tcp_keepalives_count", "3");
        yield return ("tcp_user_timeout", "25s");
        // A reader that conflicts with recovery holds up whoever is to be promoted, or to follow a new primary.
        yield return ("max_standby_streaming_delay", "1s");
        yield return ("max_standby_archive_delay", "1s");
        yield return ("log_line_prefix", "%m [%p] %q%u@%d %a ");
        yield return ("log_checkpoints", "on");
        if (spec.TlsCertificateFile is { } certificate && spec.TlsKeyFile is { } key)
        {
            yield return ("ssl", "on");
            yield return ("ssl_cert_file", certificate);
            yield return ("ssl_key_file", key);
        }
    }

    private IEnumerable<(string Name, string Value)> Owned()
    {
        yield return ("listen_addresses", self.Address.Host);
        yield return ("port", self.Address.Port.ToString());
        yield return ("unix_socket_directories", layout.SocketDirectory);
        yield return ("unix_socket_permissions", "0700");
        yield return ("hba_file", layout.HostAuthentication);
        yield return ("ident_file", layout.IdentityMap);
        yield return ("cluster_name", self.Name);
        yield return ("wal_level", store.HasTwoSites || WantsLogical() ? "logical" : "replica");
        yield return ("wal_log_hints", "on");
        yield return ("full_page_writes", "on");
        yield return ("fsync", "on");
        yield return ("synchronous_commit", "on");
        yield return ("hot_standby", "on");
        yield return ("password_encryption", "scram-sha-256");
        // A crash of one backend ends the whole server: the agent sees that at once and hands over.
        yield return ("restart_after_crash", "off");
        yield return ("wal_retrieve_retry_interval", "100ms");
        yield return ("max_slot_wal_keep_size", bound.Setting);
        yield return ("recovery_target_timeline", "latest");
        if (archive.IsFilled)
        {
            yield return ("archive_mode", "on");
            yield return ("archive_command", archive.KeepCommand);
        }

        if (store.Backup is { } backup)
        {
            yield return ("archive_timeout", $"{(int)backup.ArchiveTimeout.TotalSeconds}s");
        }

        foreach (var target in (string[])[
            "recovery_target", "recovery_target_lsn", "recovery_target_name", "recovery_target_time", "recovery_target_xid"])
        {
            yield return (target, "");
        }
    }

    /// <summary>An adopted server that decodes its log keeps doing so; all else needs no more than <c>replica</c>.</summary>
    private bool WantsLogical() => LogicalLevel().IsMatch(AtomicFile.ReadOrNull(layout.MainConfiguration) ?? "");

    [GeneratedRegex(@"^\s*wal_level\s*=?\s*'?logical'?",
        RegexOptions.Multiline | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LogicalLevel();
}
