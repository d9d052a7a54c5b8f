using System.Collections.Immutable;
using Npgsql;

namespace Holdfast.FailoverBench.Systems;

/// <summary>
/// Settings of PostgreSQL that are the same everywhere: what Holdfast sets unless told otherwise, given to the others explicitly. Those
/// about replication make the others faster, not slower, than they are with PostgreSQL's defaults.
/// </summary>
internal static class CommonSettings
{
    /// <summary>As they are written; all are in the file of every system but Holdfast's, whose own values they are.</summary>
    public static readonly ImmutableArray<(string Name, string Value)> Written =
    [
        ("max_wal_senders", "10"), ("max_replication_slots", "10"), ("wal_keep_size", "128MB"), ("wal_sender_timeout", "3s"),
        ("wal_receiver_timeout", "3s"), ("wal_receiver_status_interval", "1s"), ("wal_retrieve_retry_interval", "100ms"),
        ("max_standby_streaming_delay", "1s"), ("wal_log_hints", "on"), ("password_encryption", "scram-sha-256"),
        ("log_checkpoints", "on"),
    ];

    /// <summary>Compared between the primaries of all systems; a difference ends the run, for then figures do not compare.</summary>
    public static readonly ImmutableArray<string> Compared =
    [
        .. Written.Select(setting => setting.Name),
        "server_version_num", "data_checksums", "wal_level", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers",
        "max_connections", "max_wal_size", "min_wal_size", "checkpoint_timeout", "checkpoint_completion_target", "wal_buffers",
        "wal_compression", "wal_sync_method", "commit_delay", "autovacuum", "bgwriter_delay", "jit", "track_commit_timestamp",
        "archive_mode", "log_statement", "log_min_duration_statement",
    ];

    /// <summary>The lines of a file of settings.</summary>
    public static string Lines => string.Concat(Written.Select(setting => $"{setting.Name} = '{setting.Value}'\n"));

    /// <summary>What the server that is connected to has.</summary>
    public static async Task<ImmutableSortedDictionary<string, string>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select name, setting from pg_settings where name = any($1)", connection)
        {
            Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. Compared] } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var values = ImmutableSortedDictionary.CreateBuilder<string, string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            values[reader.GetString(0)] = reader.GetString(1);
        }

        return values.ToImmutable();
    }
}
