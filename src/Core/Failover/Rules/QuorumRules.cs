using System.Collections.Immutable;
using Holdfast.Core.Quorum;

namespace Holdfast.Core.Failover.Rules;

/// <summary>R1 for the primary: one step of <see cref="QuorumPlanner"/> at a time.</summary>
internal static class QuorumRules
{
    public static readonly Rule[] All =
    [
        new("R1.lease-first",
            "the last candidate is gone, the store may go on, and the lease is not held",
            "take the lease before the record says so", true,
            view => Step(view) is QuorumStep.WriteRecord { Rule.Protects: false } && !view.Activity.LeaseHeld && !view.Activity.StartBackoff
                ? new Outcome("the last candidate is gone", new MemberAction.AcquireLease())
                : null),

        new("R1.record", "the next step of a change of candidates is the record", "write it", true,
            view => Step(view) is QuorumStep.WriteRecord step && (step.Rule.Protects || view.Activity.LeaseHeld)
                ? new Outcome($"{view.Record!.Sync} → {step.Rule}: {step.Reason}",
                    new MemberAction.WriteRecord(view.Record with { Sync = step.Rule, Mode = ModeFor(view, step.Rule) }))
                : null),

        new("R1.server", "the next step of a change of candidates is the server", "set its rule", true,
            view => Step(view) is QuorumStep.Configure step ? new Outcome(step.Reason, new MemberAction.SetSync(step.Rule)) : null),
    ];

    public static ProtectionMode ModeFor(MemberView view, SyncRule rule) =>
        rule.Protects ? ProtectionMode.ZeroLoss : view.Group.ZeroLoss ? ProtectionMode.Unprotected : ProtectionMode.Lease;

    private static QuorumStep? Step(MemberView view)
    {
        if (view is not { IAmPrimary: true, Record: { IsBeingBorn: false, PendingFork: null } record } || !view.Engine.RunsAs(MemberRole.Primary))
        {
            return null;
        }

        var desired = view.DesiredSync();
        var flushed = view.Engine.Standbys.Where(standby => standby.Streaming).GroupBy(standby => standby.Member, StringComparer.Ordinal)
            .ToImmutableDictionary(group => group.Key, group => group.Max(standby => standby.Flushed));
        return QuorumPlanner.Next(new QuorumView(
            record.Sync, view.Engine.ConfiguredSync, view.Engine.EffectiveSync, desired,
            view.Activity.BarrierRule == desired ? view.Activity.Barrier : null, flushed));
    }
}
