using System.Data;
using System.Globalization;
using System.Text.Json;
using Holdfast.Core.Failover;
using Holdfast.Core.Loss;
using Holdfast.Engines.Loss;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Loss;

/// <summary>Where the changes of a transaction are in the file of its database.</summary>
internal sealed record DecodedPart(string Database, long Offset, long Bytes, long Changes);

/// <summary>Decodes what one database's slot holds, into a file of its own: lines of changes, transaction by transaction.</summary>
internal sealed class DatabaseDecoder(
    IReadOnlyDictionary<uint, CommitRecord> lost, Lsn fork, Action checkSpace, CancellationToken cancellationToken)
{
    private const string OwnMessages = "holdfast";
    private const int CheckEach = 4 << 20;
    private static readonly ReadOnlyMemory<byte> NewLine = "\n"u8.ToArray();

    /// <summary>By transaction number.</summary>
    public Dictionary<uint, DecodedPart> Parts { get; } = [];
    /// <summary>Transactions in which there was nothing but Holdfast's own.</summary>
    public HashSet<uint> OwnOnly { get; } = [];
    /// <summary>All transactions of the databases that were decoded, also those without a change.</summary>
    public HashSet<uint> Seen { get; } = [];
    public HashSet<(string Database, TableName Table)> Tables { get; } = [];
    public HeartbeatMark? LastArrived { get; private set; }
    public HeartbeatMark? LastKnown { get; private set; }

    public async Task RunAsync(NpgsqlConnection connection, string database, string slot, Stream file)
    {
        await using var command = new NpgsqlCommand($"""
            SELECT lsn::text, data FROM pg_logical_slot_peek_changes({SqlText.Literal(slot)}, NULL, NULL,
              'include-xids', '1', 'include-timestamp', '0')
            """, connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
        uint? current = null;
        var (offset, changes, own, unchecked_) = (file.Position, 0L, 0L, 0L);
        HeartbeatMark? heartbeat = null;
        while (await reader.ReadAsync(cancellationToken))
        {
            var place = reader.GetString(0);
            var text = reader.GetString(1);
            switch (DecodedText.Parse(text))
            {
                case DecodedText.Begin begin:
                    current = begin.Xid;
                    (offset, changes, own, heartbeat) = (file.Position, 0, 0, null);
                    break;
                case DecodedText.Commit commit:
                    Note(heartbeat, Lsn.Parse(place));
                    Seen.Add(commit.Xid);
                    if (changes > 0)
                    {
                        Parts[commit.Xid] = new DecodedPart(database, offset, file.Position - offset, changes);
                    }
                    else if (own > 0)
                    {
                        OwnOnly.Add(commit.Xid);
                    }

                    current = null;
                    break;
                case DecodedText.Change { Value: var change }:
                    if (IsOwn(change))
                    {
                        own++;
                        heartbeat = Heartbeat(change) ?? heartbeat;
                    }
                    else if (current is { } xid && lost.ContainsKey(xid))
                    {
                        changes++;
                        await WriteAsync(file, database, change);
                        unchecked_ += text.Length;
                    }

                    break;
            }

            if (unchecked_ > CheckEach)
            {
                unchecked_ = 0;
                checkSpace();
            }
        }
    }

    private async Task WriteAsync(Stream file, string database, LostChange change)
    {
        foreach (var table in change.Tables)
        {
            Tables.Add((database, table));
        }

        await file.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(new LossLine(Change: change), LossJson.Plain.LossLine), cancellationToken);
        await file.WriteAsync(NewLine, cancellationToken);
    }

    private static bool IsOwn(LostChange change) => change.Kind == ChangeKind.Message
        ? change.Prefix == OwnMessages
        : change.Tables.All(table => table.Schema == Ledger.Schema);

    private static HeartbeatMark? Heartbeat(LostChange change)
    {
        string? Value(string column) => change.New.FirstOrDefault(value => value.Column == column)?.Text;
        return change.Tables is [{ Name: Ledger.Table }] && long.TryParse(Value("epoch"), out var epoch) &&
            long.TryParse(Value("sequence"), out var sequence) && Value("clock") is { } clock && Value("lsn") is { } lsn
            ? new HeartbeatMark(epoch, sequence, Utc(clock), lsn) : null;
    }

    private static string Utc(string clock) =>
        DateTimeOffset.Parse(clock, CultureInfo.InvariantCulture).ToUniversalTime().ToString(CommitScan.TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>What was committed up to the fork has arrived at the new primary; the rest is lost.</summary>
    private void Note(HeartbeatMark? heartbeat, Lsn end)
    {
        if (heartbeat is not null)
        {
            LastKnown = heartbeat;
            LastArrived = end <= fork ? heartbeat : LastArrived;
        }
    }
}
