using System.Collections.Immutable;
using Holdfast.Verification.Chunks;
using Holdfast.Verification.Results;
using Holdfast.Verification.Rows;
using Holdfast.Verification.Targets;

namespace Holdfast.Verification.Running;

/// <summary>
/// Compares one chunk: digests of all members at once; where one differs, digests of 256 buckets; where those differ, the rows; and the rows
/// that still differ one by one. What is damaged is narrowed down to a block and reported, and the rest of the chunk is compared as usual.
/// </summary>
internal sealed class ChunkComparer(TableRun run, VerifyOptions options, Tally tally, Pacer pacer, TimeProvider time)
{
    /// <summary>Rows that one answer may carry.</summary>
    private const int RowLimit = 20_000;
    /// <summary>So few rows are listed at once, without a look at which buckets differ.</summary>
    private const int FewRows = 1000;
    /// <summary>Damaged blocks of one table that are looked for one by one.</summary>
    private const int DamageLimit = 100;

    private static readonly ImmutableArray<int> _all = [.. Enumerable.Range(0, BucketDigest.Count)];
    private readonly Side _reference = run.Sides[0];
    private readonly Findings _findings = new(run, tally);

    /// <summary>What was counted; it is added to the totals when the chunk is done, so that an interrupted one counts once.</summary>
    public Counts Counts { get; private set; } = new();

    public async Task CompareAsync(ChunkRange range, CancellationToken cancellationToken)
    {
        var request = new ChunkRequest(run.Table, range);
        var answers = await Task.WhenAll(run.Sides.Select(side => TryAsync(side, request, cancellationToken)));
        pacer.Owe(TimeSpan.FromMilliseconds(answers.Max(answer => answer.Milliseconds)));
        var readable = answers.Where(answer => answer.Digest is not null).ToList();
        if (readable.Count < answers.Length)
        {
            if (run.Differences < DamageLimit && range.Halves(run.Relation.Pages) is { } halves)
            {
                await CompareAsync(halves.First, cancellationToken);
                await CompareAsync(halves.Second, cancellationToken);
                return;
            }

            foreach (var answer in answers.Where(answer => answer.Digest is null))
            {
                _findings.Unreadable(answer.Side, range, answer.Fault!);
            }
        }

        var expected = readable.FirstOrDefault(answer => answer.Side == _reference)?.Digest;
        Counts = Counts.With(run.Relation, expected?.Rows ?? 0);
        if (expected is null)
        {
            return;
        }

        foreach (var answer in readable.Where(answer => !answer.Digest!.Agrees(expected)))
        {
            Counts = Counts with { Rechecked = Counts.Rechecked + 1 };
            await RecheckAsync(request, answer.Side, Math.Max(expected.Rows, answer.Digest!.Rows), cancellationToken);
        }
    }

    private static async Task<Answer> TryAsync(Side side, ChunkRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var digest = await side.Target.DigestAsync(request, cancellationToken);
            return new Answer(side, digest, null);
        }
        catch (VerifyException fault) when (fault.Fault is VerifyFault.Unreadable or VerifyFault.TooLong)
        {
            return new Answer(side, null, fault);
        }
    }

    /// <summary>Looks for keys that another member has and the reference lacks.</summary>
    /// <param name="range">A list of the other's keys.</param>
    public async Task BesidesAsync(Side other, ChunkRange range, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var absent = await _reference.Target.AbsentAsync(run.Table, range.Keys!.Value, cancellationToken);
        pacer.Owe(time.GetElapsedTime(start));
        Counts = Counts with { Chunks = Counts.Chunks + 1 };
        if (!absent.IsEmpty)
        {
            Counts = Counts with { Rechecked = Counts.Rechecked + 1 };
            await SettleAsync(
                new Pair(_reference, other, options.CatchUp, time), [.. absent.Select(index => range.Keys.Value[index])], cancellationToken);
        }
    }

    private async Task RecheckAsync(ChunkRequest request, Side other, long rowCount, CancellationToken cancellationToken)
    {
        var pair = new Pair(_reference, other, options.CatchUp, time);
        foreach (var group in rowCount <= FewRows ? [_all] : Groups(await DifferingAsync(request, other, cancellationToken)))
        {
            var rows = await BothAsync(other, target => target.RowsAsync(request, group, RowLimit, cancellationToken));
            if (rows.Reference.Truncated || rows.Other.Truncated)
            {
                tally.Undecide($"{run.Title}, {request.Range}: more than {RowLimit} rows of one bucket differ; not all were looked at");
            }

            var suspects = Suspects(rows.Reference.Rows, rows.Other.Rows, keyed: !run.Relation.Key.IsEmpty);
            await SettleAsync(pair, suspects, cancellationToken);
            if (run.Differences >= options.TableLimit)
            {
                return;
            }
        }
    }

    private async Task SettleAsync(Pair pair, ImmutableArray<ImmutableArray<string>> suspects, CancellationToken cancellationToken)
    {
        var settled = await new RowSettler(pair, pacer, time).SettleAsync(run.Table, suspects, cancellationToken);
        Counts = Counts with { RowsSettled = Counts.RowsSettled + suspects.Length };
        await _findings.RowsAsync(pair, settled, cancellationToken);
        await pacer.PauseAsync(0, cancellationToken);
    }

    private async Task<List<(int Bucket, long Rows)>> DifferingAsync(ChunkRequest request, Side other, CancellationToken cancellationToken)
    {
        var (reference, others) = await BothAsync(other, target => target.BucketsAsync(request, cancellationToken));
        await pacer.PauseAsync(0, cancellationToken);
        return Differing(reference, others);
    }

    private async Task<(T Reference, T Other)> BothAsync<T>(Side other, Func<IVerifyTarget, Task<T>> ask)
    {
        var start = time.GetTimestamp();
        var (reference, others) = (ask(_reference.Target), ask(other.Target));
        await Task.WhenAll(reference, others);
        pacer.Owe(time.GetElapsedTime(start));
        return (await reference, await others);
    }

    private static List<(int Bucket, long Rows)> Differing(ImmutableArray<BucketDigest> reference, ImmutableArray<BucketDigest> other)
    {
        var expected = reference.ToDictionary(bucket => bucket.Bucket);
        var found = other.ToDictionary(bucket => bucket.Bucket);
        return
        [
            .. from bucket in expected.Keys.Union(found.Keys).Order()
               let one = expected.GetValueOrDefault(bucket)
               let two = found.GetValueOrDefault(bucket)
               where one != two
               select (bucket, Math.Max(one?.Rows ?? 0, two?.Rows ?? 0)),
        ];
    }

    /// <summary>As many buckets together as fit into one answer.</summary>
    private static IEnumerable<ImmutableArray<int>> Groups(List<(int Bucket, long Rows)> buckets)
    {
        var group = ImmutableArray.CreateBuilder<int>();
        var rows = 0L;
        foreach (var (bucket, count) in buckets)
        {
            if (group.Count > 0 && rows + count > RowLimit)
            {
                yield return group.DrainToImmutable();
                rows = 0;
            }

            group.Add(bucket);
            rows += count;
        }

        if (group.Count > 0)
        {
            yield return group.ToImmutable();
        }
    }

    /// <summary>
    /// Keys of rows that are not the same on both sides. Without a key, rows are told apart by their place; but a row that merely lies elsewhere
    /// is the same row, so equal contents cancel out first.
    /// </summary>
    internal static ImmutableArray<ImmutableArray<string>> Suspects(ImmutableArray<RowState> reference, ImmutableArray<RowState> other, bool keyed)
    {
        if (keyed)
        {
            var expected = ByKey(reference);
            var found = ByKey(other);
            return
            [
                .. expected.Where(pair => !found.TryGetValue(pair.Key, out var there) || there.Hash != pair.Value.Hash).Select(pair => pair.Value.Key),
                .. found.Where(pair => !expected.ContainsKey(pair.Key)).Select(pair => pair.Value.Key),
            ];
        }

        var lacking = Multiset.Surplus(reference, other, row => row.Hash);
        var surplus = Multiset.Surplus(other, reference, row => row.Hash);
        return [.. lacking.Concat(surplus).Select(row => row.Key).DistinctBy(key => key[0])];
    }

    private static Dictionary<string, RowState> ByKey(ImmutableArray<RowState> rows)
    {
        var found = new Dictionary<string, RowState>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            // During an update the old and the new version of a row may lie in one chunk; the look by key decides.
            found[string.Join('\u001f', row.Key)] = row;
        }

        return found;
    }

    private sealed record Answer(Side Side, ChunkDigest? Digest, VerifyException? Fault)
    {
        public double Milliseconds => Digest?.Milliseconds ?? 0;
    }
}
