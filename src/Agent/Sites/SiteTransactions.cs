using System.Collections.Immutable;
using Holdfast.Coordination;
using Holdfast.Core.Sites;

namespace Holdfast.Agent.Sites;

/// <summary>The writes to a store's global scope. Nothing is written without comparing the revisions that the decision was made on.</summary>
internal static class SiteTransactions
{
    public static Transaction Create(SiteKeys keys, SiteRecord record) =>
        new([new Condition.Absent(keys.Record)], [new Operation.Put(keys.Record, SiteCodec.Encode(record))]);

    public static Transaction Publish(SiteKeys keys, SitePicture seen, SiteCard card)
    {
        var key = keys.Card(card.Site);
        return new Transaction(
            [Condition.Same(keys.Record, seen.RecordRevision), Condition.Same(key, seen.CardRevisions.GetValueOrDefault(card.Site))],
            [new Operation.Put(key, SiteCodec.Encode(card))]);
    }

    public static Transaction WriteBoth(SiteKeys keys, SitePicture seen, SiteRecord record, SiteMove? move)
    {
        var operations = ImmutableArray.CreateBuilder<Operation>();
        if (seen.Move is { State: MoveState.Running } before && move is not null && before.Id != move.Id)
        {
            // It had done its work but for the last steps; what became of them is not known any more.
            var cut = before.IsUnserved
                ? before with { State = MoveState.Failed, Result = $"{before.To} never served: cut short by a {Words.Of(move.Kind)} to {move.To}" }
                : before with { State = MoveState.Done, Result = $"{before.To} is active{Unfinished(before)}" };
            operations.Add(new Operation.Put(keys.History(before.Id), SiteCodec.Encode(cut)));
        }

        operations.Add(new Operation.Put(keys.Record, SiteCodec.Encode(record)));
        if (move is not null)
        {
            operations.Add(new Operation.Put(keys.Move, SiteCodec.Encode(move)));
            if (move.State != MoveState.Running)
            {
                operations.Add(new Operation.Put(keys.History(move.Id), SiteCodec.Encode(move)));
            }
        }

        return new Transaction([.. SameRecordAndMove(keys, seen)], operations.ToImmutable());
    }

    public static Transaction WriteMove(SiteKeys keys, SitePicture seen, SiteMove move) =>
        new([.. SameRecordAndMove(keys, seen)], [new Operation.Put(keys.Move, SiteCodec.Encode(move))]);

    /// <param name="leaseMustBeGone">There is no site lease, nor has there been one since the picture: what was counted as missing counted on that.</param>
    public static Transaction Take(SiteKeys keys, SitePicture seen, SiteRecord record, SiteMove move, bool leaseMustBeGone)
    {
        Operation[] writes = [new Operation.Put(keys.Record, SiteCodec.Encode(record)), new Operation.Put(keys.Move, SiteCodec.Encode(move))];
        var same = SameRecordAndMove(keys, seen);
        return leaseMustBeGone
            ? new Transaction([.. same, new Condition.Absent(keys.Lease), Condition.Same(keys.LeaseTaken, seen.LeaseTakenRevision)], [.. writes])
            : new Transaction([.. same], [.. writes, new Operation.Delete(keys.Lease)]);
    }

    private static Condition[] SameRecordAndMove(SiteKeys keys, SitePicture seen) =>
        [Condition.Same(keys.Record, seen.RecordRevision), Condition.Same(keys.Move, seen.MoveRevision)];

    private static string Unfinished(SiteMove move) =>
        move.Current is { } step ? $"; {Words.Of(step.Kind)}: cut short by another move" : "";
}
