using Holdfast.Agent.Api;
using Holdfast.Agent.Hosting;
using Holdfast.Agent.Records;
using Holdfast.Coordination;
using Holdfast.Core.Failover;
using Holdfast.Engines;

namespace Holdfast.Agent.Loop;

/// <summary>The actions that write to coordination. A write without an answer leaves a doubt, which rules R1.settle and R2.settle end.</summary>
internal sealed partial class ActionRunner
{
    private static readonly TimeSpan FollowUpLimit = TimeSpan.FromMinutes(10);
    private Task _firstCommit = Task.CompletedTask;

    private async Task<bool> WriteAsync(Decision decision, CancellationToken limit)
    {
        var seen = state.Picture;
        try
        {
            var done = decision.Action is MemberAction.AcquireLease
                ? await lease.AcquireAsync(seen, state.Engine, limit)
                : await TransactAsync(decision, seen, limit);
            Note(decision, seen, done);
            if (!done)
            {
                log.Info("write", "something changed meanwhile: looking again", ("rule", decision.Rule));
            }

            await mirror.ReadNowAsync(limit);
            return true;
        }
        catch (Exception exception) when (!NothingWasDone(exception))
        {
            Doubt(decision.Action);
            throw;
        }
    }

    /// <summary>Only what is known never to have reached a server leaves no doubt; a cancellation, for one, proves nothing.</summary>
    private static bool NothingWasDone(Exception exception) => exception is CoordinationException
    {
        Fault: CoordinationFault.Unreachable or CoordinationFault.Rejected or CoordinationFault.LeaseGone or CoordinationFault.Unauthenticated
            or CoordinationFault.Forbidden
    };

    private async Task<bool> TransactAsync(Decision decision, GroupPicture seen, CancellationToken limit)
    {
        var result = await coordination.TransactAsync(TransactionFor(decision, seen), limit);
        if (result.Succeeded)
        {
            state.WrittenRevision = result.Revision;
        }

        return result.Succeeded;
    }

    private Transaction TransactionFor(Decision decision, GroupPicture seen) => decision.Action switch
    {
        MemberAction.CreateRecord create => Transactions.CreateRecord(keys, create.Record),
        MemberAction.WriteRecord write => Transactions.WriteRecord(keys, seen, write.Record, Accompanying(decision, write.Record)),
        MemberAction.WritePromise promise =>
            Transactions.WritePromise(keys, seen, self.Name, new Promise(promise.Epoch, self.Name, promise.Position)),
        MemberAction.WithdrawPromise => Transactions.WithdrawPromise(keys, seen, self.Name, self.Incarnation),
        MemberAction.Elect elect => Transactions.Elect(keys, seen, elect),
        MemberAction.CloseRequest close when seen.Request is { } request && request.Id == close.Id =>
            Transactions.CloseRequest(keys, request, close.Done, close.Outcome),
        _ => throw new InvalidOperationException($"no transaction for {decision.Action}"),
    };

    /// <summary>
    /// What goes with certain changes of the record, in the same transaction: the history, and the end of promises that are used up.
    /// </summary>
    private IEnumerable<Operation> Accompanying(Decision decision, GroupRecord record)
    {
        if (decision.Rule == "R3.lineage")
        {
            yield return Transactions.PutHistory(keys, times.Complete(record));
            foreach (var spent in mirror.Current.Keys.Keys.Where(key => IsSpentPromise(key, record.Epoch)))
            {
                yield return new Operation.Delete(spent);
            }
        }
        else if (decision.Rule is "R0.complete" or "RESTORE.complete")
        {
            yield return Transactions.PutHistory(keys, times.Born(record, decision));
        }
    }

    private bool IsSpentPromise(string key, long epoch) =>
        key.StartsWith(keys.Promises, StringComparison.Ordinal) &&
        long.TryParse(key.AsSpan(keys.Promises.Length).SplitFirst('/'), out var promised) && promised <= epoch;

    private void Note(Decision decision, GroupPicture seen, bool done)
    {
        if (decision.Action is MemberAction.WriteRecord or MemberAction.Elect)
        {
            state.RecordInDoubt = false; // Whatever was in flight compared a revision that is gone now.
        }

        switch (decision.Action)
        {
            case MemberAction.WritePromise promise when done:
                times.Promised(promise.Position);
                break;
            case MemberAction.WithdrawPromise when done:
                state.PromiseInDoubt = 0;
                break;
            case MemberAction.Elect elect when done:
                times.Elected(decision, seen.Record!, elect.Record, seen.Request?.Kind);
                break;
            case MemberAction.WriteRecord write when done && decision.Rule == "R3.lineage":
                FollowUp(write.Record.Epoch);
                break;
            case MemberAction.AcquireLease when !done:
                activity.BackOff(TimeSpan.FromMilliseconds(500));
                break;
        }
    }

    private void Doubt(MemberAction action)
    {
        switch (action)
        {
            case MemberAction.WriteRecord or MemberAction.Elect:
                state.RecordInDoubt = true;
                break;
            case MemberAction.WritePromise promise:
                state.PromiseInDoubt = promise.Epoch;
                break;
        }
    }

    /// <summary>
    /// After a change of primary, beside the loop: a checkpoint, without which no other member can be rewound, and the note of the first
    /// acknowledged commit. Neither waits for the other.
    /// </summary>
    private void FollowUp(long epoch)
    {
        _checkpoint = Beside.Run(() => AttemptAsync("checkpoint", epoch, engine.CheckpointAsync));
        _firstCommit = Beside.Run(() => AttemptAsync("first commit", epoch, async limit =>
        {
            await engine.ProbeCommitAsync(limit);
            if (times.FirstCommit(epoch) is { } entry && mirror.Current.Keys.TryGetValue(keys.History(epoch), out var stored))
            {
                await coordination.TransactAsync(
                    new Transaction([new Condition.Unchanged(stored.Key, stored.ModRevision)], [Transactions.PutHistory(keys, entry)]), limit);
            }
        }));
    }

    private async Task AttemptAsync(string what, long epoch, Func<CancellationToken, Task> attempt)
    {
        using var limit = new TimeLimit(FollowUpLimit, time);
        try
        {
            await attempt(limit.Token);
        }
        catch (Exception exception) when (exception is EngineException or OperationCanceledException or CoordinationException)
        {
            log.Warning("follow-up", $"{what} after the change of primary: {exception.Message}", ("epoch", epoch));
        }
    }
}

internal static class SpanText
{
    public static ReadOnlySpan<char> SplitFirst(this ReadOnlySpan<char> text, char separator) =>
        text.IndexOf(separator) is var index && index < 0 ? text : text[..index];
}
