using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;

namespace Holdfast.Core.Tests.Oath;

/// <summary>
/// R9 where nothing goes wrong. A switchover with two steps swapped loses nothing, since R1 to R3 still hold; but it leaves commits in doubt,
/// a primary that has to be rewound, or another primary than was asked for.
/// </summary>
public sealed class SwitchoverTests
{
    private const int Seeds = 120;

    [Fact]
    public void A_planned_switchover_ends_at_its_target_and_leaves_nothing_in_doubt_and_nothing_to_mend() => FirstFlaw(FailoverRules.Table).ShouldBeNull();

    [Fact]
    public void Handing_over_before_the_stop_is_noticed() => FirstFlaw(Instead("R9.stop", (rule, view) =>
        rule.Try(view) is not null ? new Outcome("wrong", new MemberAction.HandOver(view.Record!.Epoch)) : null)).ShouldNotBeNull();

    [Fact]
    public void Stopping_before_only_the_target_may_acknowledge_is_noticed() => FirstFlaw(Early("R9.stop", view =>
        view.SwitchoverIsOn() ? new Outcome("wrong", new MemberAction.Stop(Immediate: false)) : null)).ShouldNotBeNull();

    [Fact]
    public void Stopping_at_once_instead_of_in_good_order_is_noticed() => FirstFlaw(Instead("R9.stop", (rule, view) =>
        rule.Try(view) is not null ? new Outcome("wrong", new MemberAction.Stop(Immediate: true)) : null)).ShouldNotBeNull();

    private static string? FirstFlaw(ImmutableArray<Rule> table)
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var target = "b";
            var world = new World(new WorldSpec
            {
                Seed = seed,
                Table = table,
                Peaceful = true,
                Members = 2 + (seed % 3),
                Born = false,
                FaultsForMs = 4_000,
                HealthyWithinMs = 20_000,
                Script = world => world.After(1_000, null, () => world.Store.Apply("op", state => state with { Request = ("r1", RequestKind.Switchover, target) })),
            });
            var violation = world.Run();
            var flaw = violation
                ?? (world.Store.State.Record!.Primary != target ? $"{world.Store.State.Record.Primary} is primary, {target} was asked for" : null)
                ?? (world.Store.State.Record.Epoch != 2 ? $"it took {world.Store.State.Record.Epoch - 1} changes of primary" : null)
                ?? (world.Oath.InDoubtAtStop > 0 ? $"{world.Oath.InDoubtAtStop} commits are in doubt" : null)
                ?? (world.Oath.Salvages > 0 ? "the old primary had diverged" : null);
            if (flaw is not null)
            {
                return $"seed {seed}: {flaw}";
            }
        }

        return null;
    }

    private static ImmutableArray<Rule> Instead(string id, Func<Rule, MemberView, Outcome?> how)
    {
        var rule = FailoverRules.Table.Single(each => each.Id == id);
        return FailoverRules.Table.Replace(rule, rule with { Try = view => how(rule, view) });
    }

    /// <summary>The rule comes before the quorum's.</summary>
    private static ImmutableArray<Rule> Early(string id, Func<MemberView, Outcome?> how)
    {
        var rule = FailoverRules.Table.Single(each => each.Id == id);
        var table = FailoverRules.Table.Remove(rule);
        return table.Insert(table.IndexOf(table.First(each => each.Id == "R1.lease-first")), rule with { Try = how });
    }
}

file static class Switchover
{
    public static bool SwitchoverIsOn(this MemberView view) =>
        view is { IAmPrimary: true, Coordination.Request: { Kind: RequestKind.Switchover } request } && view.Activity.CheckpointedFor == request.Id &&
        view.Engine is { Process: ProcessState.Running, Role: MemberRole.Primary };
}
