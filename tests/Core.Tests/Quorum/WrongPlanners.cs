using Holdfast.Core.Quorum;

namespace Holdfast.Core.Tests.Quorum;

/// <summary>R1 with two steps swapped or one left out: what the checks must notice.</summary>
internal static class WrongPlanners
{
    /// <summary>Tightening: the record, then the server.</summary>
    public static QuorumStep ShrinkRecordFirst(QuorumView view) =>
        QuorumPlanner.Next(view) is QuorumStep.Configure && view.Recorded != view.Desired ? new QuorumStep.WriteRecord(view.Desired, "wrong") : QuorumPlanner.Next(view);

    /// <summary>Loosening: the server, then the record.</summary>
    public static QuorumStep GrowServerFirst(QuorumView view) =>
        QuorumPlanner.Next(view) is QuorumStep.WriteRecord { Rule.Protects: true } && view.Configured != view.Desired
            ? new QuorumStep.Configure(view.Desired, "wrong")
            : QuorumPlanner.Next(view);

    /// <summary>Tightening without waiting for what was acknowledged before.</summary>
    public static QuorumStep NoBarrier(QuorumView view) =>
        QuorumPlanner.Next(view) is QuorumStep.Wait && view.Configured == view.Desired && view.Effective == view.Desired
            ? new QuorumStep.WriteRecord(view.Desired, "wrong")
            : QuorumPlanner.Next(view);

    /// <summary>Tightening as soon as the configuration is written, with walsenders that still follow the old one.</summary>
    public static QuorumStep NotEffective(QuorumView view) =>
        QuorumPlanner.Next(view) is QuorumStep.Wait && view.Configured == view.Desired ? new QuorumStep.WriteRecord(view.Desired, "wrong") : QuorumPlanner.Next(view);

    /// <summary>The server acknowledges alone, then the record says so.</summary>
    public static QuorumStep LoneServerFirst(QuorumView view) =>
        QuorumPlanner.Next(view) is QuorumStep.WriteRecord { Rule.Protects: false } && view.Configured != view.Desired
            ? new QuorumStep.Configure(view.Desired, "wrong")
            : QuorumPlanner.Next(view);

    /// <summary>No widening over the union: from any set straight to the new one, the server first.</summary>
    public static QuorumStep NoUnion(QuorumView view) =>
        QuorumPlanner.Next(view) is QuorumStep.WriteRecord { Rule.Protects: true } write && write.Rule != view.Desired
            ? QuorumPlanner.Next(view with { Recorded = Core.Quorum.SyncRule.None })
            : QuorumPlanner.Next(view);
}
