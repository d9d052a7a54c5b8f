namespace Holdfast.Core.Failover.Rules;

/// <summary>In which groups a rule is asked.</summary>
public enum RuleScope
{
    /// <summary>Of the active site, or of the only one; and while there is no record.</summary>
    Active,
    /// <summary>Of a passive site.</summary>
    Passive,
    Both,
}

/// <summary>One row of the table.</summary>
/// <param name="Id">The rule of the specification that it implements, and a word: <c>R3.elect</c>.</param>
/// <param name="When">Its condition, in words.</param>
/// <param name="Then">What it decides, in words.</param>
/// <param name="InPause">It also holds while the group is paused: it neither promotes, demotes nor restarts.</param>
/// <param name="Try">Condition and decision in one: null when the condition does not hold.</param>
/// <param name="Scope">In which groups it is asked.</param>
public sealed record Rule(
    string Id, string When, string Then, bool InPause, Func<MemberView, Outcome?> Try, RuleScope Scope = RuleScope.Active)
{
    public bool IsAskedOf(MemberView view) => Scope == RuleScope.Both || (Scope == RuleScope.Passive) == view.IsPassive;
}

/// <param name="Reason">Why, with the facts of this case; logged, stored in the history and shown in status.</param>
public sealed record Outcome(string Reason, MemberAction Action)
{
    public static Outcome Stay(string reason) => new(reason, new MemberAction.None());
    public static Outcome Complain(string problem) => new(problem, new MemberAction.Complain(problem));
}
