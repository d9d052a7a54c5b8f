using System.Collections.Immutable;
using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Agent.Records;
using Holdfast.Coordination;
using Holdfast.Core.Failover;

namespace Holdfast.Agent.Loop;

/// <summary>
/// The group's writes to coordination. Nothing is written without comparing the revision that the decision was made on: a frozen agent that
/// thaws with an old picture changes nothing.
/// </summary>
internal static class Transactions
{
    public static Transaction CreateRecord(GroupKeys keys, GroupRecord record) =>
        new([new Condition.Absent(keys.Record)], [new Operation.Put(keys.Record, RecordCodec.Encode(record))]);

    public static Transaction WriteRecord(GroupKeys keys, GroupPicture seen, GroupRecord record, IEnumerable<Operation> more) =>
        new([new Condition.Unchanged(keys.Record, seen.RecordRevision)], [new Operation.Put(keys.Record, RecordCodec.Encode(record)), .. more]);

    /// <summary>R2: holds only while the record is unchanged, and only if no promise was taken back meanwhile.</summary>
    public static Transaction WritePromise(GroupKeys keys, GroupPicture seen, string me, Promise promise) =>
        new([new Condition.Unchanged(keys.Record, seen.RecordRevision), Condition.Same(keys.PromiseGuard(me), seen.GuardRevision)],
            [new Operation.Put(keys.Promise(promise.Epoch, me), RecordCodec.Encode(promise))]);

    /// <summary>Takes a promise back while the record still is of the old epoch; a promise in flight finds the guard moved.</summary>
    public static Transaction WithdrawPromise(GroupKeys keys, GroupPicture seen, string me, string incarnation) =>
        new([new Condition.Unchanged(keys.Record, seen.RecordRevision)],
            [new Operation.Delete(keys.Promise(seen.Record!.Epoch + 1, me)), new Operation.Put(keys.PromiseGuard(me), incarnation)]);

    /// <summary>
    /// R3: compares the record and each promise that was counted; R6: and that no primary's lease exists, nor has since the picture: a primary that
    /// came back for a while and acknowledged more has more than the promises tell.
    /// </summary>
    public static Transaction Elect(GroupKeys keys, GroupPicture seen, MemberAction.Elect election)
    {
        var conditions = ImmutableArray.CreateBuilder<Condition>();
        conditions.Add(new Condition.Unchanged(keys.Record, seen.RecordRevision));
        conditions.AddRange(election.Counted.Select(promise =>
            new Condition.Unchanged(keys.Promise(promise.Epoch, promise.Member), promise.Revision)));
        if (election.LeaseMustBeGone)
        {
            conditions.Add(new Condition.Absent(keys.PrimaryLease));
            conditions.Add(Condition.Same(keys.LeaseTaken, seen.LeaseTakenRevision));
        }

        var operations = ImmutableArray.CreateBuilder<Operation>();
        operations.Add(new Operation.Put(keys.Record, RecordCodec.Encode(election.Record)));
        if (seen.Request is { } request)
        {
            conditions.Add(new Condition.Unchanged(keys.Request, request.Revision));
            var asAsked = request.Target is null || request.Target == election.Record.Primary;
            operations.AddRange(Close(keys, request, asAsked ? "done" : "failed",
                asAsked
                    ? $"{election.Record.Primary} is primary of epoch {election.Record.Epoch}"
                    : $"overtaken: {election.Record.Primary} took over as epoch {election.Record.Epoch}"));
        }

        return new Transaction(conditions.ToImmutable(), operations.ToImmutable());
    }

    public static Transaction CloseRequest(GroupKeys keys, PendingRequest request, bool done, string outcome) =>
        new([new Condition.Unchanged(keys.Request, request.Revision)], [.. Close(keys, request, done ? "done" : "refused", outcome)]);

    /// <summary>R6: the lease key under our lease; taken over only from ourselves.</summary>
    public static Transaction TakeLease(GroupKeys keys, GroupPicture seen, string me, long leaseId) =>
        new([
                new Condition.Unchanged(keys.Record, seen.RecordRevision),
                seen.PrimaryLeaseExists
                    ? new Condition.Unchanged(keys.PrimaryLease, seen.PrimaryLeaseRevision)
                    : new Condition.Absent(keys.PrimaryLease),
            ],
            [new Operation.Put(keys.PrimaryLease, me, leaseId), new Operation.Put(keys.LeaseTaken, me)]);

    public static Operation PutHistory(GroupKeys keys, HistoryEntry entry) =>
        new Operation.Put(keys.History(entry.Epoch), JsonSerializer.Serialize(entry, DocumentContext.Default.HistoryEntry));

    private static IEnumerable<Operation> Close(GroupKeys keys, PendingRequest request, string state, string message)
    {
        yield return new Operation.Delete(keys.Request);
        yield return new Operation.Put(keys.Outcome, JsonSerializer.Serialize(
            new OutcomeDocument(request.Id, request.Kind.ToString(), request.Target, state, message), DocumentContext.Default.OutcomeDocument));
    }
}
