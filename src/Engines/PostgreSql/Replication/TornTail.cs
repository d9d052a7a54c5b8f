using System.Buffers.Binary;
using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Sessions;

namespace Holdfast.Engines.PostgreSql.Replication;

/// <summary>Where a log is to be cut off: the recovering process has read up to there and waits for the rest of a record.</summary>
internal sealed record TornPlace(string Segment, long Offset, Lsn From)
{
    /// <summary>Blanks the rest of the segment. The server must have stopped. What is blanked is no whole record, so no commit is in it.</summary>
    public void Clear()
    {
        using var stream = new FileStream(Segment, FileMode.Open, FileAccess.Write, FileShare.None);
        stream.Position = Offset;
        var zeros = new byte[64 << 10];
        for (var left = stream.Length - Offset; left > 0; left -= zeros.Length)
        {
            stream.Write(zeros, 0, (int)Math.Min(left, zeros.Length));
        }

        stream.Flush(flushToDisk: true);
    }
}

/// <summary>
/// A standby that has the first part of a record, right up to the end of a segment, asks its next primary for the segment after it. But that
/// primary may have taken over at the record's beginning and be behind there still, with other contents: it answers with an error until it
/// has come so far, and what it then sends does not fit. PostgreSQL has no way out by itself, so the first part is blanked.
/// </summary>
internal sealed class TornTail(LocalSession control, Layout layout)
{
    private const int PageBytes = 8192;
    /// <summary>In a page's header: where in the log the page is. In a segment that is used again it still tells the old place.</summary>
    private const int PageAddressOffset = 8;

    private const string Sql = """
        SELECT coalesce(pg_last_wal_replay_lsn()::text, ''), (SELECT setting FROM pg_settings WHERE name = 'wal_segment_size'),
          coalesce((SELECT wait_event FROM pg_stat_activity WHERE backend_type = 'startup'), '')
        """;

    /// <summary>Null: there is none, as nearly always. Asked while the standby is detached.</summary>
    public async Task<TornPlace?> FindAsync(CancellationToken cancellationToken)
    {
        var row = (await control.RowsAsync(Sql, cancellationToken))[0];
        if (!Lsn.TryParse(row[0], out var applied) || row[2] is not ("RecoveryRetrieveRetryInterval" or "RecoveryWalStream"))
        {
            return null;
        }

        var bytes = ulong.Parse(row[1]!, CultureInfo.InvariantCulture);
        var number = applied.Value / bytes;
        return Newest(number, bytes) is { } segment && IsFull(segment, (number + 1) * bytes)
            ? new TornPlace(segment, (long)(applied.Value % bytes), applied)
            : null;
    }

    private string? Newest(ulong number, ulong bytes)
    {
        var perLog = 0x1_0000_0000UL / bytes;
        return Directory.EnumerateFiles(layout.Log, $"????????{number / perLog:X8}{number % perLog:X8}").Max(StringComparer.Ordinal);
    }

    /// <summary>Its last page has been written in this use of the file.</summary>
    private static bool IsFull(string segment, ulong end)
    {
        using var stream = new FileStream(segment, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var header = new byte[PageAddressOffset + sizeof(ulong)];
        stream.Position = stream.Length - PageBytes;
        stream.ReadExactly(header);
        return BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(PageAddressOffset)) == end - PageBytes;
    }
}
