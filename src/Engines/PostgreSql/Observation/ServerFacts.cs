using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Replication;
using Holdfast.Engines.PostgreSql.Sessions;

namespace Holdfast.Engines.PostgreSql.Observation;

/// <summary>One look at a running server, in one round trip.</summary>
internal sealed record ServerFacts
{
    /// <summary>Separates fields in a list; it cannot be in a member's name.</summary>
    private const char Field = '\t';
    private const char Row = '\n';

    private const string Query = $"""
        SELECT pg_is_in_recovery()::text,
          current_setting('{ServerSettings.SyncName}'),
          coalesce(current_setting('{ServerSettings.GenerationName}', true), ''),
          coalesce(current_setting('{ServerSettings.UpstreamName}', true), ''),
          CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_flush_lsn()::text END,
          CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_insert_lsn()::text END,
          CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END,
          CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_receive_lsn()::text, '0/0') END,
          CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_replay_lsn()::text, '0/0') END,
          (SELECT string_agg(backend_type || E'\t' || coalesce(wait_event, ''), E'\n') FROM pg_stat_activity
             WHERE backend_type IN ('startup', 'checkpointer', 'walreceiver')),
          (SELECT concat_ws(E'\t', status, coalesce(flushed_lsn, '0/0'), coalesce(received_tli, 0)) FROM pg_stat_wal_receiver),
          (SELECT string_agg(
              concat_ws(E'\t', application_name, state, coalesce(flush_lsn, '0/0'), sync_priority), E'\n' ORDER BY backend_start)
             FROM pg_stat_replication),
          (SELECT string_agg(name, E'\n' ORDER BY name) FROM pg_settings WHERE pending_restart),
          (SELECT string_agg(concat_ws(E'\t', slot_name, active, coalesce(restart_lsn, '0/0'), coalesce(wal_status, '')), E'\n')
             FROM pg_get_replication_slots() WHERE slot_type = 'physical' AND slot_name LIKE 'holdfast\_%')
        """;

    public required bool InRecovery { get; init; }
    public required string Sync { get; init; }
    public required long Generation { get; init; }
    public required string? Upstream { get; init; }
    public LogPosition? Flushed { get; init; }
    public Lsn? Inserted { get; init; }
    public Lsn Received { get; init; }
    public Lsn Replayed { get; init; }
    public string? StartupWait { get; init; }
    public string? CheckpointerWait { get; init; }
    public bool HasReceiver { get; init; }
    public bool ReceiverStreams { get; init; }
    public LogPosition? ReceiverFlushed { get; init; }
    public ImmutableArray<SenderFacts> Senders { get; init; } = [];
    public ImmutableArray<string> PendingRestart { get; init; } = [];
    public ImmutableArray<Slot> Slots { get; init; } = [];

    /// <summary>The recovering process waits for log from elsewhere: it has read all that is here.</summary>
    public bool HasReadAllLog => StartupWait is "RecoveryRetrieveRetryInterval" or "RecoveryWalStream";

    /// <summary>The checkpointer has begun its loop, so it has told the backends about the rule that the server started with.</summary>
    public bool CheckpointerReady => CheckpointerWait is "CheckpointerMain" or "CheckpointWriteDelay";

    public static async Task<ServerFacts> AskAsync(LocalSession session, CancellationToken cancellationToken)
    {
        var row = (await session.RowsAsync(Query, cancellationToken))[0];
        var processes = Lines(row[9]).Select(line => line.Split(Field))
            .ToLookup(fields => fields[0], fields => fields[1], StringComparer.Ordinal);
        var receiver = row[10]?.Split(Field);
        return new ServerFacts
        {
            InRecovery = row[0] == "true",
            Sync = row[1] ?? "",
            Generation = long.TryParse(row[2], NumberStyles.None, CultureInfo.InvariantCulture, out var generation) ? generation : 0,
            Upstream = string.IsNullOrEmpty(row[3]) ? null : row[3],
            Flushed = row[4] is { } flushed && row[6] is { } timeline
                ? new LogPosition(uint.Parse(timeline, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), Lsn.Parse(flushed))
                    : null,
            Inserted = row[5] is { } inserted ? Lsn.Parse(inserted) : null,
            Received = row[7] is { } received ? Lsn.Parse(received) : Lsn.Zero,
            Replayed = row[8] is { } replayed ? Lsn.Parse(replayed) : Lsn.Zero,
            StartupWait = processes["startup"].FirstOrDefault(),
            CheckpointerWait = processes["checkpointer"].FirstOrDefault(),
            HasReceiver = processes["walreceiver"].Any() || receiver is not null,
            ReceiverStreams = receiver?[0] == "streaming",
            ReceiverFlushed = receiver is not null && receiver[2] != "0"
                ? new LogPosition(uint.Parse(receiver[2], CultureInfo.InvariantCulture), Lsn.Parse(receiver[1])) : null,
            Senders = [.. Lines(row[11]).Select(SenderFacts.Parse)],
            PendingRestart = [.. Lines(row[12])],
            Slots = [.. Lines(row[13]).Select(ParseSlot)],
        };
    }

    private static Slot ParseSlot(string line)
    {
        var fields = line.Split(Field);
        var kept = Lsn.Parse(fields[2]);
        return new Slot(fields[0], fields[1] == "t", kept == Lsn.Zero ? null : kept, fields[3] == "lost");
    }

    private static string[] Lines(string? text) => string.IsNullOrEmpty(text) ? [] : text.Split(Row);

    /// <param name="Priority">0: the sender counts nobody's acknowledgement by the rule that it has taken up.</param>
    internal sealed record SenderFacts(string Name, string State, Lsn Flushed, int Priority)
    {
        public static SenderFacts Parse(string line)
        {
            var fields = line.Split(Field);
            return new SenderFacts(fields[0], fields[1], Lsn.Parse(fields[2]), int.Parse(fields[3], CultureInfo.InvariantCulture));
        }
    }
}
