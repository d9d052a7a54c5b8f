using System.Collections.Immutable;
using Holdfast.Core.Failover;

namespace Holdfast.Core.Sites;

/// <summary>A long job of a step, as the agent that runs it knows it; gone when that agent restarts, and then it is run again.</summary>
/// <param name="Ended">False: it runs.</param>
/// <param name="Succeeded">Meaningful when it has ended.</param>
/// <param name="Text">How far it is, or what it came to.</param>
public sealed record StepJob(string MoveId, StepKind Step, bool Ended, bool Succeeded, string Text);

/// <summary>All that a member knows about its store's sites at one moment; the whole input of <see cref="SiteDuties"/>.</summary>
public sealed record DutyView
{
    public required MemberView Member { get; init; }
    /// <summary>For how long the current step has been in its present state, as this agent saw it.</summary>
    public TimeSpan StepAge { get; init; }
    /// <summary>Since this agent last wrote its site's card.</summary>
    public TimeSpan CardAge { get; init; }
    /// <summary>The clock in the newest ledger row here; null: none.</summary>
    public long? LedgerClock { get; init; }
    /// <summary>
    /// By this host's clock, by which the server here writes the ledger, in milliseconds since 1970: now, while that may write; else when it was
    /// first seen not to.
    /// </summary>
    public long? Clock { get; init; }
    public ImmutableArray<StepJob> Jobs { get; init; } = [];

    public SiteView Sites => Member.Sites!;

    public StepJob? Job(SiteMove move, StepKind step) => Jobs.FirstOrDefault(job => job.MoveId == move.Id && job.Step == step);
}
