using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics;
using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Observation;

namespace Holdfast.Engines.PostgreSql.Copying;

/// <summary>
/// Walks the records of a stopped server's log, checking their sums, to find where it ends: what recovery would find, without starting it.
/// Layout of pages and record headers is the same in PostgreSQL 13 to 17.
/// </summary>
internal sealed class LogReader : IDisposable
{
    private const int PageBytes = 8192;
    private const int ShortHeader = 24;
    private const int LongHeader = 40;
    private const ushort LongHeaderFlag = 0x0002;
    private const ushort ContinuationFlag = 0x0001;
    private const ushort OverwriteContinuationFlag = 0x0008;
    private const int RecordHeader = 24;
    private const int SumOffset = 20;
    private const int LargestRecord = 1 << 30;
    private const byte LogManager = 0;
    private const byte SwitchRecord = 0x40;

    private readonly ImmutableArray<string> _places;
    private readonly int _segmentBytes;
    private readonly ImmutableArray<uint> _timelines;
    private readonly byte[] _page = new byte[PageBytes];
    private FileStream? _segment;
    private ulong _segmentNumber = ulong.MaxValue;
    private ulong _pageStart = ulong.MaxValue;
    /// <summary>Of the pages' format, which PostgreSQL checks: that of the first page read.</summary>
    private ushort? _version;
    /// <summary>Where a record that a crash had cut off was given up and the log goes on; null: none met.</summary>
    private ulong? _resumed;
    /// <summary>The record that was read last; null: it was given up.</summary>
    private byte[]? _record;

    /// <param name="history">Of the newest timeline, which is the last in it.</param>
    /// <param name="archive">Where this member's own log is kept beyond what the server keeps; null: nowhere.</param>
    public LogReader(Layout layout, int segmentBytes, ImmutableArray<TimelineStart> history, string? archive = null)
    {
        _places = archive is null ? [layout.Log] : [layout.Log, archive];
        _segmentBytes = segmentBytes;
        _timelines = [.. history.Select(start => start.Timeline).Reverse(), 1];
    }

    /// <summary>The end of the last whole record, walking from the record that begins at <paramref name="start"/>.</summary>
    public Lsn FindEnd(Lsn start, CancellationToken cancellationToken) => Walk(start, (_, _) => true, cancellationToken);

    /// <summary>Hands over each record and where it ends, until there is no whole one or <paramref name="visit"/> says false.</summary>
    /// <returns>The end of the last one that was handed over and not declined.</returns>
    public Lsn Walk(Lsn start, Func<ulong, byte[], bool> visit, CancellationToken cancellationToken)
    {
        var position = start.Value;
        ulong previous = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var begin = SkipHeader(position);
            if (ReadRecord(begin, previous) is not { } end || (_record is { } record && !visit(end, record)))
            {
                return new Lsn(position);
            }

            // The record after one that was given up points back past it.
            previous = _resumed is null ? begin : 0;
            _resumed = null;
            position = end;
        }
    }

    /// <summary>Where the first record begins that begins in a segment; null: the segment is not there, or none begins in it.</summary>
    /// <param name="segment">Its start.</param>
    public Lsn? FirstRecord(ulong segment)
    {
        ulong left = 0;
        for (var page = segment; page < segment + (ulong)_segmentBytes; page += PageBytes)
        {
            if (!LoadPage(page, out var flags))
            {
                return null;
            }

            // What is left of a record that began before; records begin at multiples of eight.
            left = (flags & ContinuationFlag) == 0 ? 0
                : page == segment ? (BinaryPrimitives.ReadUInt32LittleEndian(_page.AsSpan(16)) + 7UL) & ~7UL
                : left;
            var begin = SkipHeader(page);
            var room = page + PageBytes - begin;
            if (left < room)
            {
                return new Lsn(begin + left);
            }

            left -= room;
        }

        return null;
    }

    public string? SegmentPath(ulong number)
    {
        var perLog = 0x1_0000_0000UL / (ulong)_segmentBytes;
        return _places.SelectMany(place => _timelines.Select(timeline => Path.Combine(place, $"{timeline:X8}{number / perLog:X8}{number % perLog:X8}")))
            .FirstOrDefault(File.Exists);
    }

    public void Dispose() => _segment?.Dispose();

    /// <summary>The place of the record after this one; null: there is no whole record here.</summary>
    private ulong? ReadRecord(ulong position, ulong previous)
    {
        if (!LoadPage(position, out var flags)
            || (position % PageBytes <= LongHeader && (flags & ContinuationFlag) != 0 && IsAtHeaderEnd(position)))
        {
            return null;
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(_page.AsSpan((int)(position % PageBytes)));
        if (length is < RecordHeader or > LargestRecord)
        {
            return null;
        }

        var record = new byte[length];
        if (!Copy(position, record, out var end))
        {
            _record = null;
            return _resumed;
        }

        var sum = BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(SumOffset));
        var prev = BinaryPrimitives.ReadUInt64LittleEndian(record.AsSpan(8));
        if (Sum(record) != sum || (previous != 0 && prev != previous))
        {
            return null;
        }

        _record = record;
        var isSwitch = record[17] == LogManager && (record[16] & 0xF0) == SwitchRecord;
        end = (end + 7) & ~7UL;
        return isSwitch ? RoundUp(end, (ulong)_segmentBytes) : end;
    }

    private bool IsAtHeaderEnd(ulong position) => position == SkipHeader(position / PageBytes * PageBytes);

    /// <summary>Collects a record that may go on over several pages.</summary>
    private bool Copy(ulong position, byte[] record, out ulong end)
    {
        var done = 0;
        end = position;
        while (done < record.Length)
        {
            if (done > 0)
            {
                var page = end;
                end = SkipHeader(page);
                var loaded = LoadPage(page, out var flags);
                if (loaded && (flags & OverwriteContinuationFlag) != 0)
                {
                    _resumed = page;
                    return false;
                }

                if (!loaded || (flags & ContinuationFlag) == 0
                    || BinaryPrimitives.ReadUInt32LittleEndian(_page.AsSpan(16)) != record.Length - done)
                {
                    return false;
                }
            }

            var offset = (int)(end % PageBytes);
            var part = Math.Min(PageBytes - offset, record.Length - done);
            _page.AsSpan(offset, part).CopyTo(record.AsSpan(done));
            done += part;
            end += (ulong)part;
        }

        return true;
    }

    private ulong SkipHeader(ulong position) => position % PageBytes != 0
        ? position
        : position + (position % (ulong)_segmentBytes == 0 ? (ulong)LongHeader : ShortHeader);

    private bool LoadPage(ulong position, out ushort flags)
    {
        flags = 0;
        var start = position / PageBytes * PageBytes;
        if (start != _pageStart)
        {
            _pageStart = ulong.MaxValue;
            if (!OpenSegment(start / (ulong)_segmentBytes))
            {
                return false;
            }

            _segment!.Position = (long)(start % (ulong)_segmentBytes);
            if (_segment.ReadAtLeast(_page, PageBytes, throwOnEndOfStream: false) < PageBytes)
            {
                return false;
            }

            _pageStart = start;
        }

        // A recycled segment holds pages of an earlier place: the address in the page's header tells.
        flags = BinaryPrimitives.ReadUInt16LittleEndian(_page.AsSpan(2));
        var isLong = start % (ulong)_segmentBytes == 0;
        var version = BinaryPrimitives.ReadUInt16LittleEndian(_page);
        _version ??= version;
        return version == _version && BinaryPrimitives.ReadUInt64LittleEndian(_page.AsSpan(8)) == start && (flags & LongHeaderFlag) != 0 == isLong;
    }

    private bool OpenSegment(ulong number)
    {
        if (_segmentNumber == number)
        {
            return true;
        }

        _segment?.Dispose();
        _segment = null;
        _segmentNumber = ulong.MaxValue;
        if (SegmentPath(number) is not { } path)
        {
            return false;
        }

        _segment = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        _segmentNumber = number;
        return true;
    }

    /// <summary>CRC-32C of the record's body, then of its header without the sum.</summary>
    private static uint Sum(ReadOnlySpan<byte> record)
    {
        var sum = Add(0xFFFFFFFF, record[RecordHeader..]);
        return ~Add(sum, record[..SumOffset]);
    }

    private static uint Add(uint sum, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
        {
            sum = BitOperations.Crc32C(sum, value);
        }

        return sum;
    }

    private static ulong RoundUp(ulong value, ulong unit) => (value + unit - 1) / unit * unit;
}
