using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Core.Tests.Scenarios;

internal sealed partial class Told
{
    private ActivityView Activity()
    {
        var activity = new ActivityView();
        foreach (var words in Clauses("activity"))
        {
            activity = ActivityClause(activity, words);
            words.End();
        }

        return activity;
    }

    private static ActivityView ActivityClause(ActivityView activity, Words words)
    {
        if (words.Take("absent"))
        {
            return activity with { AbsentFor = activity.AbsentFor.SetItem(words.Next("a member"), words.Span()) };
        }

        if (words.Take("stuck"))
        {
            return activity with { StuckFor = activity.StuckFor.SetItem(words.Next("a member"), words.Span()) };
        }

        if (words.Take("barrier"))
        {
            var barrier = words.Lsn();
            SyncRule rule = words.Take("for") ? words.Rule() : throw new FormatException("a barrier is 'barrier LSN for RULE'");
            return activity with { Barrier = barrier, BarrierRule = rule };
        }

        return words.Take("nothing") ? activity
            : words.Take("restore failed") ? activity with { RestoreFailed = words.Rest() }
            : words.Take("job") ? activity with { Job = words.Rest() }
            : words.Take("access prepared") ? activity with { AccessPrepared = true }
            : words.Take("handing over for") ? activity with { HandingOverFor = words.Span() }
            : words.Take("hand-over abandoned") ? activity with { HandOverAbandoned = true }
            : words.Take("admission barrier") ? activity with { AdmissionBarrier = words.Lsn() }
            : words.Take("elected for") ? activity with { ElectedFor = words.Span() }
            : words.Take("leader lost for") ? activity with { LeaderLostFor = words.Span() }
            : words.Take("adrift for") ? activity with { AdriftFor = words.Span() }
            : words.Take("promised for") ? activity with { PromisedFor = words.Span() }
            : words.Take("unresponsive for") ? activity with { UnresponsiveFor = words.Span() }
            : words.Take("stalled for") ? activity with { StalledFor = words.Span() }
            : words.Take("lease held for") ? activity with { LeaseHeld = true, LeaseHeldFor = words.Span() }
            : words.Take("lease held") ? activity with { LeaseHeld = true }
            : words.Take("lease expired") ? activity with { LeaseExpired = true }
            : words.Take("checkpointing") ? activity with { CheckpointingFor = "r1" }
            : words.Take("checkpointed") ? activity with { CheckpointedFor = "r1" }
            : words.Take("waiting for birth") ? activity with { WaitingForBirth = words.Span() }
            : words.Take("lag") ? activity with { Lag = words.Span() }
            : words.Take("backing off") ? activity with { StartBackoff = true }
            : words.Take("primary alive for") ? activity with { PrimaryAliveFor = words.Span() }
            : throw new FormatException($"'{words.Rest()}' is not said of an activity");
    }
}
