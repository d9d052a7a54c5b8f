using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Sites;

/// <summary>
/// The steps of a move. A step is marked as running before anything is done for it, and as done when its effect is seen; so each can be
/// taken up by another agent. Up to <see cref="StepKind.Take"/> a move can be given up, and the old site goes on; after that there is only forward.
/// </summary>
internal static class MoveDuties
{
    /// <summary>How long a step may take before the move is given up.</summary>
    private static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan CheckpointLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan FollowLimit = TimeSpan.FromMinutes(2);

    public static readonly Duty[] All =
    [
        new("MOVE.orphan", "the site record says that a move is on its way, and there is none that runs", "the record becomes steady again",
            view => view.Sites is { Record: { State: SiteState.Moving } record, Moving: null } sites && SiteDuties.Leads(view) &&
                    (record.ActiveSite == sites.Mine)
                ? new DutyOutcome($"move {record.MoveId} does not run", new SiteAction.WriteBoth(
                    record with { State = SiteState.Steady }, sites.Move))
                : null),

        new("MOVE.finish", "all steps of the move have ended", "write what it came to; the record is steady again",
            view => IsMine(view, out var move) && move.Current is null && IsTarget(view, move)
                ? new DutyOutcome(Result(move), End(view, move, MoveState.Done, Result(move)))
                : null),

        new("MOVE.begin-step", "the next step is this member's, and has not begun; if it is to stop, the new site's leader streams and is heard",
            "write that it begins, before anything is done for it",
            view => IsMine(view, out var move) && move.Current is { State: StepState.Pending } step && IsActor(view, move, step.Kind) &&
                    (step.Kind != StepKind.Stop || IsFollowed(view))
                ? new DutyOutcome(Words.Of(step.Kind), Step(move, step.Kind, StepState.Running, null))
                : null),

        new("MOVE.deserted",
            "a planned move has not stopped the old primary yet, and the old site has lost its site lease or is not heard; " +
            "or the new site, which is to go on with it (or with a failover that has not named it yet), has not been heard for long",
            "give the move up: the old site goes on, or can be taken over",
            view => IsMine(view, out var move) && Deserted(view, move) is { } reason ? Fail(view, move, reason) : null),

        new("MOVE.check", "it is being asked whether the move may be made", "go on, or end it with the reason",
            view => IsAt(view, StepKind.Check, out var move)
                ? view.Member.IsTakingBack() && !IsReadyToTake(view) && view.StepAge < StepLimit
                    ? DutyOutcome.Stay($"the group at {move.To}, which was the active one, is being made passive")
                : IsListening(view, move) ? DutyOutcome.Stay($"listening whether {move.From} is alive")
                : Refusal(view, move) is { } refusal
                    ? Fail(view, move, refusal)
                    : new DutyOutcome("it may", Step(move, StepKind.Check, StepState.Done, Facts(view, move)))
                : null),

        new("MOVE.hook", "the user's program is to be run", "run it; before the move its failure ends the move, afterwards it is noted",
            view => (IsAt(view, StepKind.BeforeHook, out var move) || IsAt(view, StepKind.AfterHook, out move)) && move.Current is { } step
                ? view.Job(move, step.Kind) is not { } job ? new DutyOutcome(Words.Of(step.Kind), new SiteAction.RunHook(move, step.Kind))
                    : !job.Ended ? DutyOutcome.Stay(job.Text)
                    : job.Succeeded ? new DutyOutcome(job.Text, Step(move, step.Kind, StepState.Done, job.Text))
                    : move.IsPastReturn ? new DutyOutcome(job.Text, Step(move, step.Kind, StepState.Failed, job.Text))
                    : Fail(view, move, job.Text)
                : null),

        new("MOVE.verify", "the members are to be compared", "compare them; before a failback a difference ends the move, afterwards it is noted",
            view => (IsAt(view, StepKind.VerifyBefore, out var move) || IsAt(view, StepKind.Verify, out move)) && move.Current is { } step
                ? view.Job(move, step.Kind) is not { } job ? new DutyOutcome(Words.Of(step.Kind), new SiteAction.RunVerify(move, step.Kind))
                    : !job.Ended ? DutyOutcome.Stay(job.Text)
                    : job.Succeeded ? new DutyOutcome(job.Text, Step(move, step.Kind, StepState.Done, job.Text))
                    : move.IsPastReturn ? new DutyOutcome(job.Text, Step(move, step.Kind, StepState.Failed, job.Text))
                    : Fail(view, move, $"verification failed: {job.Text}")
                : null),

        new("MOVE.prepare", "the old primary is to flush its dirty pages", "flush them",
            view => IsAt(view, StepKind.Prepare, out var move)
                ? view.Job(move, StepKind.Prepare) is not { } job ? new DutyOutcome("checkpoint", new SiteAction.RunCheckpoint(move))
                    : !job.Ended ? DutyOutcome.Stay(job.Text)
                    : job.Succeeded ? new DutyOutcome(job.Text, Step(move, StepKind.Prepare, StepState.Done, job.Text))
                    : Fail(view, move, job.Text)
                : null),

        new("MOVE.stopped", "the old primary has stopped for the move, and its group's record says so",
            "write where its log ends; it was in no good order: give the move up",
            view => IsAt(view, StepKind.Stop, out var move) && view.Member is { Engine: { Process: ProcessState.Stopped, Role: MemberRole.Primary } engine } &&
                    view.Member.Record!.StopsFor == view.Sites.Record!.Moves && !view.Member.Coordination.RecordInDoubt
                ? engine.Position is not { } position
                    ? view.StepAge < StepLimit ? DutyOutcome.Stay("it is being read where its log ends") : null
                    : engine.CleanShutdown
                    ? new DutyOutcome($"log ends at {position}", new SiteAction.WriteMove(
                        Mark(move, StepKind.Stop, StepState.Done, $"log ends at {position}") with { StoppedAt = position }))
                    : Fail(view, move, "the primary did not stop in good order")
                : null),

        new("MOVE.caught-up", "the new site has all that the old primary had", "go on",
            view => IsAt(view, StepKind.CatchUp, out var move) && move.StoppedAt is { } end && view.Member.Engine.Position is { } mine &&
                    mine.Timeline == end.Timeline && mine.Lsn >= end.Lsn
                ? new DutyOutcome($"has {mine}", Step(move, StepKind.CatchUp, StepState.Done, $"has {mine}"))
                : null),

        new("MOVE.fenced", "the old site has stopped: its lease is gone, or an operator says how it was stopped", "go on",
            view => IsAt(view, StepKind.Fence, out var move) && FencedHow(view, move) is { } how
                ? (Returned(view, move) ?? FailoverRefusal(view, move.AcceptDataLoss)) is { } refusal
                    ? Fail(view, move, refusal) // It has come back since the check, and gone again.
                    : new DutyOutcome(how, Step(move, StepKind.Fence, StepState.Done, how))
                : null),

        new("MOVE.take", "everything is ready", "name this site in the global record, under the next site epoch: the point of no return",
            view => !IsAt(view, StepKind.Take, out var move) || view.Sites.Record is not { } record ? null
                : move.Kind == MoveKind.Failover && (Returned(view, move) ?? FailoverRefusal(view, move.AcceptDataLoss)) is { } refusal
                    ? Fail(view, move, refusal)
                : CanTake(view, move) is { } position ? new DutyOutcome($"site epoch {record.Epoch + 1}", new SiteAction.Take(
                    record with
                    {
                        Epoch = record.Epoch + 1,
                        ActiveSite = move.To,
                        Owed = position,
                        Reason = $"{Words.Of(move.Kind)} by {move.RequestedBy}",
                    },
                    Mark(move, StepKind.Take, StepState.Done, $"site epoch {record.Epoch + 1}") with { TakenAt = position },
                    LeaseMustBeGone: move.Kind == MoveKind.Failover && view.Sites.Policy.Isolation == IsolationPolicy.Fence))
                : null),

        new("MOVE.promoted", "the new site's primary admits clients", "go on, with the site record steady: the write pause is over, and another move may begin",
            view => IsAt(view, StepKind.Promote, out var move) && view.Member is { Record: { } record } member && IsServing(member)
                ? new DutyOutcome($"{member.Me} is primary of epoch {record.Epoch}",
                    new SiteAction.WriteBoth(
                        view.Sites.Record! with { State = SiteState.Steady, Owed = null },
                        Mark(move, StepKind.Promote, StepState.Done, $"{member.Me} is primary of epoch {record.Epoch}")))
                : null),

        new("MOVE.paid", "the active site has a primary that admits clients, and the site record still says what it must have", "take that out",
            view => view.Sites is { Record: { Owed: not null, State: SiteState.Steady } record } sites && record.ActiveSite == sites.Mine &&
                    SiteDuties.Leads(view) && IsServing(view.Member) && Eras.Of(view.Member.Record!.Epoch) == record.Epoch
                ? new DutyOutcome($"{view.Member.Me} is primary", new SiteAction.WriteBoth(record with { Owed = null }, sites.Move))
                : null),

        new("MOVE.follows", "the old site's standby leader streams from the new primary", "go on; if that takes too long, note it and go on",
            view => IsAt(view, StepKind.Follow, out var move)
                ? view.Member.Engine.Standbys.FirstOrDefault(standby => standby.Streaming && view.Sites.Remote.ContainsKey(standby.Member)) is { } standby
                    ? new DutyOutcome($"{standby.Member} follows", Step(move, StepKind.Follow, StepState.Done, $"{standby.Member} follows"))
                    : view.StepAge >= FollowLimit
                        ? new DutyOutcome("not yet", Step(move, StepKind.Follow, StepState.Failed, $"{move.From} does not follow yet"))
                        : DutyOutcome.Stay($"waiting for {move.From} to follow")
                : null),

        new("MOVE.give-up", "a step before the point of no return takes too long", "give the move up: the old site goes on",
            view => IsMine(view, out var move) && !move.IsPastReturn && move.Current is { } step && view.StepAge >= Patience(view, move, step.Kind)
                ? Fail(view, move, $"{Words.Of(step.Kind)} was not done within {Limit(view, step.Kind).TotalSeconds:F0} s")
                : null),

        new("MOVE.unfollowed", "the old primary is to stop, and the new site's leader does not stream or is not heard",
            "go on writing: what is stopped now could not be caught up with",
            view => IsMine(view, out var move) && move.Current is { State: StepState.Pending, Kind: StepKind.Stop } && !IsTarget(view, move)
                ? DutyOutcome.Stay($"{move.To} does not stream: nothing is stopped before it does")
                : null),

        new("MOVE.wait", "a move is on its way, and its present step is another's or not done yet",
            "wait; if the new site has been named and is not heard, say how an operator takes the store back",
            view => view.Sites is { Record.State: SiteState.Moving, Moving: { Current: { } step } move }
                ? DutyOutcome.Stay($"{Words.Of(move.Kind)} to {move.To}: {Words.Of(step.Kind)}{Stranded(view, move)}")
                : null),
    ];

    /// <summary>An agent of the new site that was ended is back before, and goes on.</summary>
    private static readonly TimeSpan DesertedAfter = StepLimit * 2;

    /// <summary>A move that is asked for, as the first transaction writes it.</summary>
    public static SiteAction Begin(DutyView view, MoveKind kind)
    {
        var record = view.Sites.Record!;
        var id = $"{record.Moves + 1}-{kind}-{view.Member.Me}".ToLowerInvariant();
        return new SiteAction.WriteBoth(record.Begin(id), new SiteMove
        {
            Id = id,
            Kind = kind,
            From = view.Sites.Policy.Other,
            To = view.Sites.Mine,
            RequestedBy = "holdfast",
            Steps = SiteMove.StepsOf(kind, view.Sites.Policy.HookBefore, view.Sites.Policy.HookAfter, view.Sites.Policy.Compares),
        });
    }

    /// <summary>Why a failover to this site would lose more than allowed, in words; null: it would not.</summary>
    public static string? FailoverRefusal(DutyView view, bool accepted) =>
        accepted ? null : SiteLag.FailoverRefusal(view.Sites.Mine, view.Sites.Lag, view.Sites.Policy.Rpo, view.Sites.Policy.Isolation);

    /// <summary>What is above the RPO, in words; null: nothing is.</summary>
    public static string? Missing(DutyView view) => SiteLag.Missing(view.Sites.Lag, view.Sites.Policy.Rpo);

    /// <summary>What an operator writes to take the store here as things stand, with all that he decides by it.</summary>
    public static string FailoverCommand(DutyView view) =>
        SiteLag.FailoverCommand(view.Sites.Mine, acceptsLoss: Missing(view) is not null, view.Sites.Policy.Isolation);

    private static string? Refusal(DutyView view, SiteMove move)
    {
        var (sites, member) = (view.Sites, view.Member);
        if (sites.Record!.ActiveSite == move.To)
        {
            return $"{move.To} is the active site already";
        }

        if (member.Record!.Paused)
        {
            return $"the group at {move.To} is paused: resume it first (holdfast resume --site {move.To})";
        }

        if (!member.IsPassive)
        {
            // It would go on under an epoch of its own earlier time, and no other site could follow it.
            return $"the group at {move.To} is not passive yet: it has not heard the history of {move.From}";
        }

        if (!member.Engine.RunsAs(MemberRole.Standby))
        {
            return $"the standby leader {member.Me} at {move.To} does not run";
        }

        if (!SiteDuties.IsOnHistory(member))
        {
            return $"the log of the standby leader {member.Me} at {move.To} is not known to be on the store's history: wait until it has been mended";
        }

        return move.Kind == MoveKind.Failover ? FailoverCheck(view, move) : PlannedCheck(view, move);
    }

    /// <summary>
    /// What the store is taken with: the end of the old primary's log, or in a failover the last whole record that this leader has for sure, for the part
    /// of one behind it is gone after a restart. Null: it must not be taken (yet); the leader may be another than the one that had caught up.
    /// </summary>
    private static LogPosition? CanTake(DutyView view, SiteMove move) =>
        view.Member is not { IsPassive: true, Record.Paused: false, Coordination.RecordInDoubt: false } || !view.Member.Engine.RunsAs(MemberRole.Standby) ||
        !SiteDuties.IsOnHistory(view.Member) || view.Member.Engine.Position is not { } mine ? null
        : move.Kind == MoveKind.Failover ? view.Member.Engine.Applied is { } applied ? mine with { Lsn = applied < mine.Lsn ? applied : mine.Lsn } : null
        : move.StoppedAt is { } end && mine.Reaches(end) ? end
        : null;

    private static string? FailoverCheck(DutyView view, SiteMove move)
    {
        var sites = view.Sites;
        if (SiteDuties.Disagreement(sites) is { } disagreement)
        {
            return disagreement;
        }

        if (sites.Policy.Isolation == IsolationPolicy.Fence ? sites.LeaseSite == move.From : IsHeard(sites))
        {
            return IsHeard(sites) && sites.ActiveCard is { Serving: false } && sites.Policy.Isolation == IsolationPolicy.Fence
                ? $"{move.From} has no primary that serves, but holds its site lease still: that ends by itself within " +
                  $"{SiteDuties.Seconds(sites.Policy.Lease * 2)} where the server cannot be started: ask again then, or end the agents there"
                : $"{move.From} is alive and writes: use 'holdfast switchover --site {move.To}', or stop it first";
        }

        return sites.Policy.Isolation == IsolationPolicy.Continue && move.Fenced is null
            ? $"{move.From} may be writing still (isolation: continue): stop it, and say how with --fenced HOW; it is kept in the history"
            : FailoverRefusal(view, move.AcceptDataLoss);
    }

    /// <summary>Nothing but silence tells that the old site has stopped, and this agent has not listened for long enough.</summary>
    private static bool IsListening(DutyView view, SiteMove move) =>
        move.Kind == MoveKind.Failover && view.Sites is { Policy.Isolation: IsolationPolicy.Continue, OtherSilentFor: null } &&
        view.StepAge < SiteDuties.CardSilence;

    /// <summary>An operator has said that the old site was stopped, and it has come back since: it has not been stopped, or not for good.</summary>
    private static string? Returned(DutyView view, SiteMove move) =>
        view.Sites is { Policy.Isolation: IsolationPolicy.Continue, ActiveCard.Serving: true } sites && IsHeard(sites)
            ? $"{move.From} is heard again and writes: it has not been stopped ({move.Fenced})"
            : null;

    private static string? PlannedCheck(DutyView view, SiteMove move)
    {
        var (sites, member) = (view.Sites, view.Member);
        if (!IsHeard(sites) || sites.ActiveCard is not { Serving: true } source)
        {
            return $"{move.From} has no primary that serves: nothing can be handed over; if the site is lost, use 'holdfast failover --site {move.To}'";
        }

        if (!member.Engine.Streaming)
        {
            return $"the standby leader {member.Me} at {move.To} does not stream from {source.Leader}";
        }

        if (!SiteDuties.IsHealthy(member))
        {
            return $"the group at {move.To} is not healthy: every member must run and follow {member.Me} (holdfast status)";
        }

        return SiteLag.PlannedRefusal(move.To, sites.Lag, sites.Policy.Rpo);
    }

    /// <summary>Who is needed for the next step before the old primary stops, and is not there; null: nobody.</summary>
    private static string? Deserted(DutyView view, SiteMove move)
    {
        var sites = view.Sites;
        if (move.Kind == MoveKind.Failover)
        {
            // The site that was lost is back, and the one that was to take over is gone, perhaps while its user's program ran.
            return !IsTarget(view, move) && !move.IsPastReturn && Silence(view) >= DesertedAfter
                ? $"{move.To} has not been heard for {SiteDuties.Seconds(Silence(view))}"
                : null;
        }

        if (move.Current is not
            ({ Kind: > StepKind.Check and < StepKind.Stop } or { Kind: StepKind.Stop, State: StepState.Pending }))
        {
            return null;
        }

        if (!IsTarget(view, move))
        {
            return view.Member.Record!.Paused ? $"the group at {move.From} is paused: resume it first (holdfast resume --site {move.From})"
                : Silence(view) >= DesertedAfter
                ? $"{move.To} has not been heard for {SiteDuties.Seconds(Silence(view))}"
                : null;
        }

        return sites.Policy.Isolation == IsolationPolicy.Fence
            ? sites.LeaseSite is null && sites.LeaseGoneFor > TimeSpan.Zero ? $"{move.From} has lost its site lease: it hands nothing over" : null
            : Silence(view) < SiteDuties.CardSilence ? null
            : $"{move.From} is not heard: it hands nothing over";
    }

    /// <summary>
    /// By this primary's own word and by heartbeats: one whose host is gone streams for a while as far as its sender knows.
    /// </summary>
    private static bool IsFollowed(DutyView view) =>
        view.Sites.OtherCard is { Leader: var leader } && view.Member.Engine.Standbys.Any(standby => standby.Member == leader && standby.Streaming) &&
        view.Sites.Remote.TryGetValue(leader, out var peer) && peer.LooksUsable(view.Member.Group.Timing);

    private static bool IsReadyToTake(DutyView view) =>
        view.Member.IsPassive && view.Member.Engine.RunsAs(MemberRole.Standby) && SiteDuties.IsOnHistory(view.Member);

    /// <summary>The new site was lost before it had a primary: nobody there ends the move, and only an operator knows that nobody will.</summary>
    private static string Stranded(DutyView view, SiteMove move) =>
        move.IsUnserved && !IsTarget(view, move) && SiteDuties.Leads(view) && Silence(view) >= DesertedAfter
            ? $"; {move.To} has not been heard for {SiteDuties.Seconds(Silence(view))}: if it is lost, an operator takes the " +
              $"store back: {FailoverCommand(view)}"
            : "";

    private static bool IsServing(MemberView member) =>
        member is { IsPassive: false, Record.PendingFork: null } && member.Engine.RunsAs(MemberRole.Primary) && member.Engine.GateOpen;

    /// <summary>For how long the other site has not been heard; an agent that has begun anew knows only of the time since.</summary>
    private static TimeSpan Silence(DutyView view) => view.Sites.OtherSilentFor ?? view.StepAge;

    private static bool IsHeard(SiteView sites) => sites.OtherSilentFor < SiteDuties.CardSilence;

    private static string? FencedHow(DutyView view, SiteMove move) =>
        view.Sites.Policy.Isolation == IsolationPolicy.Continue ? $"by an operator's word: {move.Fenced}"
        : view.Sites.LeaseSite is null ? $"the site lease of {move.From} is gone" + (move.Fenced is { } word ? $"; {word}" : "")
        : null;

    private static string Facts(DutyView view, SiteMove move) => move.Kind == MoveKind.Failover
        ? $"at most {SiteDuties.Seconds(view.Sites.Lag)} missing at {move.To}{(move.AcceptDataLoss ? ", accepted" : "")}"
        : $"{move.To} is {SiteDuties.Seconds(view.Sites.Lag)} behind";

    private static bool IsMine(DutyView view, out SiteMove move)
    {
        move = view.Sites.Moving!;
        return move is not null && SiteDuties.Leads(view);
    }

    private static bool IsTarget(DutyView view, SiteMove move) => view.Sites.Mine == move.To;

    private static bool IsActor(DutyView view, SiteMove move, StepKind step) =>
        step is StepKind.Prepare or StepKind.Stop ? view.Sites.Mine == move.From : IsTarget(view, move);

    /// <summary>The step runs, and it is this member's to do.</summary>
    private static bool IsAt(DutyView view, StepKind step, out SiteMove move) =>
        IsMine(view, out move) && move.Current is { State: StepState.Running } current && current.Kind == step && IsActor(view, move, step);

    private static TimeSpan Limit(DutyView view, StepKind step) => step switch
    {
        StepKind.Prepare => CheckpointLimit,
        StepKind.Fence => (view.Sites.Policy.Lease * 2) + StepLimit,
        StepKind.BeforeHook or StepKind.VerifyBefore => TimeSpan.MaxValue, // These have limits of their own.
        _ => StepLimit,
    };

    /// <summary>The target gives up first. The old site does too, later: else the loss of the target in the middle would keep it stopped.</summary>
    private static TimeSpan Patience(DutyView view, SiteMove move, StepKind step) =>
        Limit(view, step) is var limit && limit != TimeSpan.MaxValue && !IsTarget(view, move) ? limit * 1.5 : limit;

    private static SiteAction.WriteMove Step(SiteMove move, StepKind kind, StepState state, string? detail) => new(Mark(move, kind, state, detail));

    private static SiteMove Mark(SiteMove move, StepKind kind, StepState state, string? detail) =>
        move.With(kind, step => step with { State = state, Detail = detail ?? step.Detail });

    private static DutyOutcome Fail(DutyView view, SiteMove move, string reason) => new(reason, End(
        view, move.Current is { } step ? Mark(move, step.Kind, StepState.Failed, reason) : move, MoveState.Failed, reason));

    private static SiteAction.WriteBoth End(DutyView view, SiteMove move, MoveState state, string result) =>
        new(view.Sites.Record! with { State = SiteState.Steady }, move with { State = state, Result = result });

    private static string Result(SiteMove move)
    {
        ImmutableArray<MoveStep> failed = [.. move.Steps.Where(step => step.State == StepState.Failed)];
        var notes = string.Join("; ", failed.Select(step => $"{Words.Of(step.Kind)}: {step.Detail}"));
        return failed.IsEmpty ? $"{move.To} is active" : $"{move.To} is active; {notes}";
    }
}
