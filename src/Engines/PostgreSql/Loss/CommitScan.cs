using System.Buffers.Binary;
using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Core.Loss;
using Holdfast.Engines.PostgreSql.Copying;

namespace Holdfast.Engines.PostgreSql.Loss;

/// <param name="End">Where its record ends.</param>
/// <param name="At">UTC, as text.</param>
internal sealed record CommitRecord(uint Xid, Lsn End, string At, bool ChangedCatalog);

/// <summary>
/// Reads commits and transaction numbers straight from the log, without a server: so it is known which transactions were lost even where
/// nothing can be decoded. The records' layout is the same in PostgreSQL 13 to 17 for what is read here.
/// </summary>
internal static class CommitScan
{
    private const int HeaderBytes = 24;
    private const byte LogManager = 0;
    private const byte TransactionManager = 1;
    private const byte StandbyManager = 8;
    private const byte RunningTransactions = 0x10;
    private const byte ShutdownCheckpoint = 0x00;
    private const byte OnlineCheckpoint = 0x10;
    private const byte KindMask = 0x70;
    private const byte Commit = 0x00;
    private const byte CommitPrepared = 0x30;
    private const byte HasInfo = 0x80;
    private const byte ShortData = 255;
    private const byte LongData = 254;
    private const byte TopTransaction = 252;
    private const byte Origin = 253;

    [Flags]
    private enum Info
    {
        Database = 1, Subtransactions = 2, Relations = 4, Invalidations = 8, TwoPhase = 16, DroppedStatistics = 256,
    }

    /// <summary>The commits whose records end after <paramref name="from"/> and not after <paramref name="to"/>, in order.</summary>
    public static List<CommitRecord> Read(LogReader reader, Lsn from, Lsn to, CancellationToken cancellationToken)
    {
        var commits = new List<CommitRecord>();
        reader.Walk(from, (end, record) =>
        {
            var place = new Lsn(end);
            if (place > to)
            {
                return false;
            }

            if (record[17] == TransactionManager && (record[16] & KindMask) is Commit or CommitPrepared)
            {
                commits.Add(ReadCommit(record, place));
            }

            return true;
        }, cancellationToken);
        return commits;
    }

    /// <summary>
    /// The first transaction number that a server gives out which has replayed up to <paramref name="to"/>, found by walking there from
    /// <paramref name="from"/>. Null: the log in between does not tell.
    /// </summary>
    public static uint? NextXid(LogReader reader, Lsn from, Lsn to, CancellationToken cancellationToken)
    {
        uint next = 0;
        var reached = from;
        reader.Walk(from, (end, record) =>
        {
            if (new Lsn(end) > to)
            {
                return false;
            }

            reached = new Lsn(end);
            next = XidOrder.Advance(next, BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(4)));
            if (NextIn(record) is { } told && (next == 0 || XidOrder.IsBefore(next, told)))
            {
                next = told;
            }

            return true;
        }, cancellationToken);
        return reached >= to && next != 0 ? next : null;
    }

    /// <summary>Some records say themselves which number comes next.</summary>
    private static uint? NextIn(byte[] record)
    {
        const int InRunning = 12;
        const int InCheckpoint = 24;
        var offset = record[17] == StandbyManager && record[16] == RunningTransactions ? InRunning
            : record[17] == LogManager && record[16] is ShutdownCheckpoint or OnlineCheckpoint ? InCheckpoint
            : -1;
        return offset >= 0 && Data(record) is { } data && data.Length >= offset + 4
            ? BinaryPrimitives.ReadUInt32LittleEndian(data.Span[offset..]) : null;
    }

    private static CommitRecord ReadCommit(byte[] record, Lsn end)
    {
        var xid = BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(4));
        var data = Data(record) ?? throw new EngineException($"the commit record that ends at {end} has no data: the log is damaged");
        var rest = data.Span;
        var at = Time(BinaryPrimitives.ReadInt64LittleEndian(rest));
        rest = rest[8..];
        if ((record[16] & HasInfo) == 0)
        {
            return new CommitRecord(xid, end, at, ChangedCatalog: false);
        }

        var info = (Info)BinaryPrimitives.ReadUInt32LittleEndian(rest);
        rest = rest[4..];
        if (info.HasFlag(Info.TwoPhase))
        {
            rest = Past(rest, info, Info.Database, fixedBytes: 8, each: 0);
            rest = Past(rest, info, Info.Subtransactions, fixedBytes: 4, each: 4);
            rest = Past(rest, info, Info.Relations, fixedBytes: 4, each: 12);
            rest = Past(rest, info, Info.DroppedStatistics, fixedBytes: 4, each: 12);
            rest = Past(rest, info, Info.Invalidations, fixedBytes: 4, each: 16);
            xid = BinaryPrimitives.ReadUInt32LittleEndian(rest);
        }

        return new CommitRecord(xid, end, at, info.HasFlag(Info.Invalidations));
    }

    private static ReadOnlySpan<byte> Past(ReadOnlySpan<byte> rest, Info info, Info part, int fixedBytes, int each)
    {
        if (!info.HasFlag(part))
        {
            return rest;
        }

        var count = each == 0 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(rest);
        return rest[(fixedBytes + (count * each))..];
    }

    /// <summary>The record's own data; null when it begins with something else than a header of data, as records about pages do.</summary>
    private static ReadOnlyMemory<byte>? Data(byte[] record)
    {
        var at = HeaderBytes;
        while (at < record.Length)
        {
            switch (record[at])
            {
                case ShortData:
                    return record.AsMemory(at + 2, record[at + 1]);
                case LongData:
                    return record.AsMemory(at + 5, BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(at + 1)));
                case Origin:
                    at += 3;
                    break;
                case TopTransaction:
                    at += 5;
                    break;
                default:
                    return null;
            }
        }

        return null;
    }

    /// <summary>Microseconds since 2000, as PostgreSQL counts them.</summary>
    private static string Time(long microseconds) =>
        new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(microseconds * TimeSpan.TicksPerMicrosecond)
            .ToString(TimeFormat, CultureInfo.InvariantCulture);

    public const string TimeFormat = "yyyy-MM-dd HH:mm:ss.ffffff'Z'";
}
