namespace Holdfast.Core.Sites;

/// <summary>
/// One thing for an agent to do in the global scope, or for a move. Each is idempotent; what comes next is decided on what is seen afterwards.
/// </summary>
public abstract record SiteAction
{
    private SiteAction() { }

    public sealed record None : SiteAction;

    /// <summary>Compare-and-swap on "does not exist".</summary>
    public sealed record CreateRecord(SiteRecord Record) : SiteAction;

    /// <summary>Writes this site's card, comparing its revision.</summary>
    public sealed record PublishCard(SiteCard Card) : SiteAction;

    /// <summary>Record and move in one transaction that compares both: a move begins, ends or is given up.</summary>
    public sealed record WriteBoth(SiteRecord Record, SiteMove? Move) : SiteAction;

    /// <summary>The move alone, in a transaction that also checks that the record is unchanged.</summary>
    public sealed record WriteMove(SiteMove Move) : SiteAction;

    /// <summary>
    /// The point of no return: record and move in one transaction. It also takes the site lease's key away, or, where only time protects,
    /// checks that there is none.
    /// </summary>
    public sealed record Take(SiteRecord Record, SiteMove Move, bool LeaseMustBeGone) : SiteAction;

    /// <summary>Runs the user's program for this step, with a time limit; its end is told in <see cref="DutyView.Jobs"/>.</summary>
    public sealed record RunHook(SiteMove Move, StepKind Step) : SiteAction;

    /// <summary>Compares the members by checksum; its end is told in <see cref="DutyView.Jobs"/>.</summary>
    public sealed record RunVerify(SiteMove Move, StepKind Step) : SiteAction;

    /// <summary>Flushes this primary's dirty pages; its end is told in <see cref="DutyView.Jobs"/>.</summary>
    public sealed record RunCheckpoint(SiteMove Move) : SiteAction;
}

/// <summary>What a duty's rule says.</summary>
public sealed record SiteDecision(string Rule, string Reason, SiteAction Action);
