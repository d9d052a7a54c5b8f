using System.Collections.Immutable;
using Holdfast.Verification.Chunks;
using Holdfast.Verification.Rows;

namespace Holdfast.Verification.Running;

/// <param name="Reference">What the reference showed last.</param>
/// <param name="Other">What the other member showed last.</param>
internal sealed record DifferingRow(ImmutableArray<string> Key, RowSight Reference, RowSight Other);

/// <param name="Open">Keys of rows that never stood still.</param>
internal sealed record SettledRows(ImmutableArray<DifferingRow> Differing, ImmutableArray<ImmutableArray<string>> Open);

/// <summary>Comes to a verdict about single rows that differed at first sight, in a bounded number of looks.</summary>
internal sealed class RowSettler(Pair pair, Pacer pacer, TimeProvider time)
{
    public const int Batch = 400;
    private const int Rounds = 10;
    private const int QuietRounds = 4;
    private const int HotBatch = 50;
    private static readonly TimeSpan HotLook = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan HotSlack = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>Quick looks at both members come in at the same time.</summary>
    private readonly Lock _gate = new();

    public async Task<SettledRows> SettleAsync(TableRef table, IEnumerable<ImmutableArray<string>> keys, CancellationToken cancellationToken)
    {
        var differing = ImmutableArray.CreateBuilder<DifferingRow>();
        var open = ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        foreach (var batch in keys.Chunk(Batch))
        {
            foreach (var (key, row) in await BatchAsync(table, batch, cancellationToken))
            {
                row.Conclude();
                if (row.Verdict == RowVerdict.Differs)
                {
                    differing.Add(new DifferingRow(key, row.Reference, row.Other));
                }
                else if (row.Verdict == RowVerdict.Open)
                {
                    open.Add(key);
                }
            }
        }

        return new SettledRows(differing.ToImmutable(), open.ToImmutable());
    }

    private async Task<List<(ImmutableArray<string> Key, RowCase Row)>> BatchAsync(
        TableRef table, IEnumerable<ImmutableArray<string>> keys, CancellationToken cancellationToken)
    {
        var rows = keys.Select(key => (Key: key, Row: new RowCase())).ToList();
        var pause = TimeSpan.FromMilliseconds(50);
        for (var round = 0; round < Rounds; round++)
        {
            var left = rows.Where(row => row.Row.Verdict == RowVerdict.Open).ToList();
            if (left.Count == 0)
            {
                break;
            }

            if (round > 0)
            {
                await Task.Delay(pause, time, cancellationToken);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }

            var lag = await RoundAsync(table, left, cancellationToken);
            foreach (var hot in left.Where(row => round >= QuietRounds && row.Row.Verdict == RowVerdict.Open).Chunk(HotBatch))
            {
                await SampleAsync(table, hot, lag, cancellationToken);
            }

            await pacer.PauseAsync(0, cancellationToken);
        }

        return rows;
    }

    /// <summary>A look at the reference and one at the other, each after what the look before could have shown.</summary>
    /// <returns>How long the other took to catch up.</returns>
    private async Task<TimeSpan> RoundAsync(
        TableRef table, List<(ImmutableArray<string> Key, RowCase Row)> rows, CancellationToken cancellationToken)
    {
        var reference = await LookAsync(pair.Reference, table, rows, TimeSpan.Zero, cancellationToken);
        var start = time.GetTimestamp();
        await pair.CatchUpAsync(pair.Other, reference.Reached, cancellationToken);
        var lag = time.GetElapsedTime(start);
        var other = await LookAsync(pair.Other, table, rows, TimeSpan.Zero, cancellationToken);
        if (!await pair.SettleAsync(other, cancellationToken))
        {
            rows.ForEach(row => row.Row.Interrupt());
        }

        return lag;
    }

    private async Task SampleAsync(
        TableRef table, IReadOnlyList<(ImmutableArray<string> Key, RowCase Row)> rows, TimeSpan lag, CancellationToken cancellationToken)
    {
        foreach (var (_, row) in rows)
        {
            row.Interrupt();
        }

        await Task.WhenAll(
            LookAsync(pair.Reference, table, rows, HotLook, cancellationToken),
            LookAsync(pair.Other, table, rows, HotLook + HotSlack + (lag < LongestPause ? lag : LongestPause), cancellationToken));
    }

    private async Task<KeyLook> LookAsync(
        Side side, TableRef table, IReadOnlyList<(ImmutableArray<string> Key, RowCase Row)> rows, TimeSpan lasting,
        CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var look = await side.Target.KeysAsync(table, [.. rows.Select(row => row.Key)], lasting, cancellationToken);
        Pair.Require(side, look.Follows);
        lock (_gate)
        {
            foreach (var seen in look.Seen)
            {
                var (row, sight) = (rows[seen.Index].Row, new RowSight(seen.Version, seen.Hash, seen.Expires, look.Clock));
                if (lasting > TimeSpan.Zero)
                {
                    row.Sample(side == pair.Reference, sight, seen.Times);
                }
                else
                {
                    row.Look(side == pair.Reference, sight);
                }
            }
        }

        pacer.Owe(time.GetElapsedTime(start));
        return look;
    }
}
