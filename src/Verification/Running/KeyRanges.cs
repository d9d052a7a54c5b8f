using Holdfast.Verification.Chunks;
using Holdfast.Verification.Relations;

namespace Holdfast.Verification.Running;

/// <summary>
/// Goes through a table whose files are not copies of each other (one side has been rewritten, or there are none): by ranges of its key, or whole where it
/// has none. Where keys have no order, the reference lists its own, and what the others have besides is found in their lists.
/// </summary>
/// <param name="stepped">Called after each step.</param>
internal sealed class KeyRanges(TableRun run, ChunkComparer comparer, Pacer pacer, VerifyOptions options, TimeProvider time, Action stepped)
{
    public async Task CompareAsync(CancellationToken cancellationToken)
    {
        if (run.Relation.Key.IsEmpty)
        {
            await comparer.CompareAsync(ChunkRange.Whole, cancellationToken);
            await pacer.PauseAsync(run.Relation.Bytes, cancellationToken);
            return;
        }

        run.Begin();
        var listed = await WalkAsync(run.Sides[0], range => comparer.CompareAsync(range, cancellationToken), cancellationToken);
        foreach (var other in run.Sides.Skip(1).Where(_ => listed))
        {
            await WalkAsync(other, range => comparer.BesidesAsync(other, range, cancellationToken), cancellationToken);
        }
    }

    /// <returns>The ranges were lists of the side's own keys.</returns>
    private async Task<bool> WalkAsync(Side side, Func<ChunkRange, Task> compare, CancellationToken cancellationToken)
    {
        var listed = false;
        TablePart? part = null;
        do
        {
            var start = time.GetTimestamp();
            part = await side.Target.NextPartAsync(run.Table, part?.Next ?? [], options.ChunkRows, cancellationToken);
            pacer.Owe(time.GetElapsedTime(start));
            listed |= part.Range.Keys is not null;
            if (part.Range.Keys is not { IsEmpty: true })
            {
                await compare(part.Range);
            }

            var bytes = (part.Range.Keys?.Length ?? 0) * run.BytesPerPage;
            run.Walked(side == run.Sides[0] ? bytes : 0);
            stepped();
            await pacer.PauseAsync(bytes, cancellationToken);
        }
        while (part.Next is not null && run.Differences < options.TableLimit);

        return listed;
    }
}
