using System.Collections.Immutable;
using Holdfast.Core.Failover;

namespace Holdfast.Core.Quorum;

/// <summary>What a primary knows when it wants to change who acknowledges.</summary>
/// <param name="Recorded">The rule in the record: who may elect.</param>
/// <param name="Configured">The rule that the server has been told; null: not known.</param>
/// <param name="Effective">The rule that every part of the server follows; null: not sure.</param>
/// <param name="Desired">Where to go.</param>
/// <param name="Barrier">The server's insert LSN, read after <see cref="Effective"/> was seen to be <see cref="Desired"/>; null: not yet.</param>
/// <param name="Flushed">How far each connected standby has flushed.</param>
public sealed record QuorumView(
    SyncRule Recorded, SyncRule? Configured, SyncRule? Effective, SyncRule Desired, Lsn? Barrier, ImmutableDictionary<string, Lsn> Flushed);

/// <summary>The next single step of a change; each is safe in whatever state the one before was left.</summary>
public abstract record QuorumStep(string Reason)
{
    private QuorumStep() : this("") { }
    /// <summary>Record and server agree with what is wanted.</summary>
    public sealed record Settled() : QuorumStep("as wanted");
    public sealed record WriteRecord(SyncRule Rule, string Reason) : QuorumStep(Reason);
    public sealed record Configure(SyncRule Rule, string Reason) : QuorumStep(Reason);
    /// <summary>Nothing may be done until the server or the standbys have moved.</summary>
    public sealed record Wait(string Reason) : QuorumStep(Reason);
}

/// <summary>
/// Rule R1, overlap: at every instant each set of members that can acknowledge a commit meets each set that can elect.
/// Any change is taken apart into loosening steps (the record first, then the server) and tightening steps (the server first, then
/// wait, then the record). Stateless: it takes whatever is observed and gives the next step, so a crash between two steps is harmless.
/// Source of the idea: Patroni's quorum.py; the invariant here is proved in <c>docs/decisions/0003-quorum-transitions.md</c>.
/// </summary>
public static class QuorumPlanner
{
    /// <summary>
    /// True when every set that can acknowledge under <paramref name="acknowledging"/> meets every set that can elect under
    /// <paramref name="electing"/>. The worst acknowledging set uses all members that cannot vote: of its k members, k − |S_ack ∖ S_el| at
    /// least can; they meet every |S_el| − k_el + 1 of S_el exactly when they are k_el or more.
    /// </summary>
    public static bool Overlaps(SyncRule acknowledging, SyncRule electing)
    {
        if (!electing.Protects)
        {
            return true; // nobody can elect
        }

        if (acknowledging == SyncRule.Blocked)
        {
            return true; // nobody can acknowledge
        }

        var withoutVote = acknowledging.Candidates.Except(electing.Candidates).Count;
        return acknowledging.Acks - withoutVote >= electing.Acks;
    }

    /// <summary>The next step from what is observed towards what is desired.</summary>
    public static QuorumStep Next(QuorumView view)
    {
        if (view.Recorded == view.Desired)
        {
            return view.Configured == view.Desired
                ? new QuorumStep.Settled()
                : new QuorumStep.Configure(view.Desired, $"the record says {view.Desired}: the server follows");
        }

        if (!view.Desired.Protects)
        {
            // Nobody can elect under the new record, so it may come at any time; it must come before the first lone acknowledgement.
            return new QuorumStep.WriteRecord(view.Desired, "the record says that commits are unprotected before the first one is");
        }

        if (Loosening(view.Recorded, view.Desired) is { } wider && wider != view.Recorded)
        {
            return view.Configured is null
                ? new QuorumStep.Wait("the server's present rule is not known")
                : new QuorumStep.WriteRecord(wider,
                    $"to elect will take {wider.ElectionQuorum} of {wider.Candidates.Count}: the record first, then the server");
        }

        return Tighten(view);
    }

    /// <summary>
    /// The rule that asks more of an election than both <paramref name="from"/> and <paramref name="to"/>: union of the sets, smaller k.
    /// Null when the record elects nobody: then there is nothing to loosen.
    /// </summary>
    private static SyncRule? Loosening(SyncRule from, SyncRule to) =>
        from.Protects ? new SyncRule(from.Candidates.Union(to.Candidates), Math.Min(from.Acks, to.Acks)) : null;

    private static QuorumStep Tighten(QuorumView view)
    {
        if (view.Configured != view.Desired)
        {
            return new QuorumStep.Configure(view.Desired, $"acknowledge by {view.Desired}: the server first, then the record");
        }

        if (view.Effective != view.Desired)
        {
            return new QuorumStep.Wait("until every part of the server follows the new rule");
        }

        if (view.Barrier is not { } barrier)
        {
            return new QuorumStep.Wait("until the insert LSN after the change is known");
        }

        var caughtUp = view.Desired.Candidates.Count(name => view.Flushed.TryGetValue(name, out var flushed) && flushed >= barrier);
        return caughtUp >= view.Desired.Acks
            ? new QuorumStep.WriteRecord(view.Desired,
                $"{caughtUp} of {view.Desired.Candidates.Count} have flushed {barrier}: all that was acknowledged before is there")
            : new QuorumStep.Wait(
                $"until {view.Desired.Acks} of {{{string.Join(",", view.Desired.Candidates)}}} have flushed {barrier}; {caughtUp} have");
    }
}
