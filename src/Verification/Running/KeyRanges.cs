using System.Collections.Immutable;
using Holdfast.Verification.Chunks;

namespace Holdfast.Verification.Running;

/// <summary>
/// Goes through a table whose files are not copies of each other (one side has been rewritten): by ranges of its key, or whole where it has none.
/// </summary>
internal sealed class KeyRanges(TableRun run, ChunkComparer comparer, Pacer pacer, VerifyOptions options)
{
    public async Task CompareAsync(CancellationToken cancellationToken)
    {
        if (run.Relation.Key.IsEmpty)
        {
            await StepAsync(ChunkRange.Whole, run.Relation.Bytes, cancellationToken);
            return;
        }

        ImmutableArray<string>? after = null;
        do
        {
            var upTo = await run.Sides[0].Target.NextKeyAsync(run.Table, after ?? [], options.ChunkRows, cancellationToken);
            await StepAsync(new ChunkRange(After: after, UpTo: upTo), bytes: 0, cancellationToken);
            after = upTo;
        }
        while (after is not null && run.Differences < options.TableLimit);
    }

    private async Task StepAsync(ChunkRange range, long bytes, CancellationToken cancellationToken)
    {
        await comparer.CompareAsync(range, cancellationToken);
        await pacer.PauseAsync(bytes, cancellationToken);
    }
}
