using System.Collections.Immutable;
using Holdfast.Core.Topology;

namespace Holdfast.Engines.PostgreSql;

/// <summary>The <c>postgresql:</c> section of a store.</summary>
public sealed record PostgreSqlSpec : EngineSpec
{
    /// <summary>
    /// Directory of <c>initdb</c>, <c>pg_ctl</c> and the rest; null: found by the data directory's version, or the newest installed.
    /// </summary>
    public string? BinDirectory { get; init; }
    /// <summary>Settings of the user's, applied on all members. Those that Holdfast owns are refused by the validation.</summary>
    public ImmutableSortedDictionary<string, string> Parameters { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    /// <summary>Lines of host-based authentication for ordinary clients, in the form of <c>pg_hba.conf</c>, after Holdfast's own.</summary>
    public ImmutableArray<string> ClientAuthentication { get; init; } = [];
    /// <summary>Bound of the log that a slot may keep for a member that is away (<c>max_slot_wal_keep_size</c>), in MiB.</summary>
    public int SlotBoundMebibytes { get; init; } = 10240;
    /// <summary>Bound of all salvaged log together, in MiB; the oldest is dropped first.</summary>
    public int SalvageBoundMebibytes { get; init; } = 10240;
    /// <summary>Room that stays free on the disk of the salvaged log, in MiB: old salvages go, and nothing is decoded, before it is used up.</summary>
    public int SalvageReserveMebibytes { get; init; } = 1024;
    /// <summary>PEM files for the server's own TLS, used by clients and by replication. Null: none.</summary>
    public string? TlsCertificateFile { get; init; }
    public string? TlsKeyFile { get; init; }

    /// <summary>Settings that belong to Holdfast; a user's file must not set them.</summary>
    public static readonly ImmutableSortedSet<string> OwnedParameters = ImmutableSortedSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "listen_addresses", "port", "hba_file", "ident_file", "data_directory", "primary_conninfo", "primary_slot_name", "recovery_target_timeline",
        "restore_command", "synchronous_standby_names", "synchronous_commit", "hot_standby", "wal_level", "max_slot_wal_keep_size",
        "wal_log_hints", "full_page_writes", "wal_retrieve_retry_interval", "cluster_name", "promote_trigger_file", "unix_socket_directories",
        "recovery_target", "recovery_target_lsn", "recovery_target_name", "recovery_target_time", "recovery_target_xid",
        "recovery_target_action", "recovery_target_inclusive", "restart_after_crash", "fsync", "password_encryption");

    /// <summary>These belong to Holdfast as well, where the store has an archive.</summary>
    public static readonly ImmutableSortedSet<string> ArchiveParameters =
        ImmutableSortedSet.Create(StringComparer.OrdinalIgnoreCase, "archive_mode", "archive_command", "archive_library");

    /// <summary>And these, where the store has backups.</summary>
    public static readonly ImmutableSortedSet<string> BackupParameters = ArchiveParameters.Add("archive_timeout");
}
