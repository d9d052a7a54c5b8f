using System.Collections.Immutable;
using Holdfast.Core.Failover.Rules;

namespace Holdfast.Core.Failover;

/// <summary>
/// The centre of Holdfast: the ordered table of rules. The first rule whose condition holds decides. Pure: the same view gives the same
/// decision. <c>docs/failover-rules.md</c> is generated from this table.
/// </summary>
public static class FailoverRules
{
    /// <summary>All rules, in the order in which they are asked.</summary>
    public static readonly ImmutableArray<Rule> Table =
    [
        .. CoordinationRules.Identity,
        .. SiteRules.Identity,
        .. SiteRules.Fence,
        PrimaryRules.Fence,
        RestoreRules.Fence,
        PrimaryRules.LeaseExpired,
        .. SiteRules.Leaving,
        PrimaryRules.HandOver,
        .. CoordinationRules.Data,
        .. CoordinationRules.Lost,
        new("JOB.busy", "a long job runs (clone, rewind, start, checkpoint …)", "let it end", true,
            view => view.Activity.Job is { } job ? Outcome.Stay(job) : null, RuleScope.Both),
        .. RestoreRules.Ends,
        PrimaryRules.Own.Single(rule => rule.Id == "R10.admit"),
        CoordinationRules.Continue,
        .. CoordinationRules.Doubt,
        SiteRules.Remember,
        SiteRules.Unseal,
        .. SiteRules.Birth,
        .. SiteRules.Demotion,
        .. PassiveRules.All,
        .. BirthRules.NoRecord,
        .. RestoreRules.UnderWay,
        .. BirthRules.BeingBorn,
        .. SwitchoverRules.Requests,
        .. SiteRules.Permission,
        .. PrimaryRules.Own.Where(rule => rule.Id != "R10.admit"),
        .. ElectionRules.Promotion,
        .. QuorumRules.All,
        SwitchoverRules.Stop,
        SiteRules.Stop,
        SiteRules.Hold,
        .. ElectionRules.Candidate,
        .. RejoinRules.All,
    ];

    /// <summary>What this member is to do now, by which rule and why.</summary>
    public static Decision Decide(MemberView view) => Decide(Table, view);

    /// <summary>The same by another table; the tests use it to show that each rule matters.</summary>
    public static Decision Decide(ImmutableArray<Rule> table, MemberView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        var paused = view.Record is { Paused: true };
        foreach (var rule in table)
        {
            if ((!paused || rule.InPause) && rule.IsAskedOf(view) && rule.Try(view) is { } outcome)
            {
                return new Decision(rule.Id, outcome.Reason, outcome.Action);
            }
        }

        return Steady(view, paused);
    }

    private static Decision Steady(MemberView view, bool paused) =>
        paused ? new Decision("PAUSE.hold", "the group is paused", new MemberAction.None())
        : view.IsPassive
            ? new Decision("PASSIVE.steady", $"{(view.IAmPrimary ? "leads; " : "")}follows {view.Upstream() ?? "nobody yet"}", new MemberAction.None())
        : view.IAmPrimary
            ? new Decision("PRIMARY.steady", $"primary of epoch {view.Record!.Epoch}; {view.Record.Sync} acknowledges", new MemberAction.None())
        : new Decision("STANDBY.steady", $"follows {view.Record?.Primary}", new MemberAction.None());
}
