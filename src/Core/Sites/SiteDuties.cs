using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Sites;

/// <summary>One row of the table of duties.</summary>
/// <param name="Try">Condition and decision in one: null when the condition does not hold.</param>
public sealed record Duty(string Id, string When, string Then, Func<DutyView, DutyOutcome?> Try);

public sealed record DutyOutcome(string Reason, SiteAction Action)
{
    public static DutyOutcome Stay(string reason) => new(reason, new SiteAction.None());
}

/// <summary>
/// What the agents owe the global scope: the site record's birth, each site's card, the take-over of a lost site, and the steps of a move.
/// Asked of every agent of a store with two sites; nearly all belongs to whoever leads its group. Pure.
/// </summary>
public static class SiteDuties
{
    /// <summary>How often a site's card is written anew, so that the other site hears of it.</summary>
    public static readonly TimeSpan CardInterval = TimeSpan.FromSeconds(1);
    /// <summary>A site whose card has not changed for so long is not heard.</summary>
    public static readonly TimeSpan CardSilence = CardInterval * 4;

    /// <summary>All duties, in the order in which they are asked.</summary>
    public static readonly ImmutableArray<Duty> Table =
    [
        new("SITE.away", "the global scope does not answer, or has not been read", "do nothing there",
            view => view.Sites is { Reachable: false } or { State: RecordState.Unknown or RecordState.Unreadable }
                ? DutyOutcome.Stay($"the global scope has been away for {view.Sites.UnreachableFor.TotalSeconds:F0} s")
                : null),

        new("SITE.adopt", "there is no site record, and this member is the primary of a group that lives", "write it: this site is active",
            view => view.Sites.State == RecordState.Absent && view.Member is { IAmPrimary: true, IsPassive: false, Record.IsBeingBorn: false }
                ? Create(view, "its group was there first")
                : null),

        new("SITE.create",
            "there is no site record, this is the first site, its group has no record, and nobody heard at the other site has data",
            "write it: this site is active",
            view => view.Sites.State == RecordState.Absent && view.Sites.Mine == view.Sites.Policy.First && view.Member.Memory.SiteEpoch == 0 &&
                    view.Member.Coordination.State == RecordState.Absent && view.Sites.OtherCard is null &&
                    view.Sites.Remote.Values.All(peer => peer.SilentFor is null || peer.Data is not DataState.Present)
                ? Create(view, "the preferred site")
                : null),

        new("SITE.card", "this member leads its group, and the group's card is of no later epoch and not what it should be, or a second old", "write it",
            view => view.Sites.Record is not null && Leads(view) && CardOf(view) is { } card && !(view.Sites.MyCard?.Epoch > card.Epoch) &&
                    (!card.SaysTheSame(view.Sites.MyCard) || view.CardAge >= CardInterval)
                ? new DutyOutcome($"epoch {card.Epoch}, led by {card.Leader}", new SiteAction.PublishCard(card))
                : null),

        .. MoveDuties.All,

        new("SITE.disagree",
            "the site lease is nobody's, and the active site acts by another isolation than this agent: its file is another one",
            "say so: nobody takes over by a lease that the active site does not keep",
            view => IsLost(view, asAgreed: false) && Disagreement(view.Sites) is { } disagreement ? DutyOutcome.Stay(disagreement) : null),

        new("SITE.wait",
            "automatic; nobody holds the site lease any more, but a server of the active site is heard, and its group has had no time to elect another primary",
            "give it that time: a host is lost, not the site",
            view => IsBereft(view) && view.Sites.LeaseGoneFor < TimeToElect(view.Member.Group) && HeardHeir(view) is { } heir
                ? DutyOutcome.Stay($"{view.Sites.Policy.Other} has lost its site lease, but {heir} is heard there: it has " +
                    $"{Seconds(TimeToElect(view.Member.Group))} to be elected and take the lease again")
                : null),

        new("SITE.take-over",
            "automatic; this member leads the passive group; nobody holds the site lease any more, and no more than the RPO can be missing here",
            "begin a failover to this site",
            view => IsBereft(view) && MoveDuties.FailoverRefusal(view, accepted: false) is null
                ? new DutyOutcome($"{view.Sites.Policy.Other} has lost its site lease; at most {Seconds(view.Sites.Lag)} are missing here",
                    MoveDuties.Begin(view, MoveKind.Failover))
                : null),

        new("SITE.refuse", "the same, but it may not be done by itself", "say what it waits for",
            view => IsLost(view) || IsUnled(view) ? DutyOutcome.Stay(Waiting(view)) : null),
    ];

    /// <summary>What this member is to do now in the global scope, by which duty and why.</summary>
    public static SiteDecision Decide(DutyView view) => Decide(Table, view);

    /// <summary>The same by another table; the tests use it to show that each duty matters.</summary>
    public static SiteDecision Decide(ImmutableArray<Duty> table, DutyView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        foreach (var duty in table)
        {
            if (duty.Try(view) is { } outcome)
            {
                return new SiteDecision(duty.Id, outcome.Reason, outcome.Action);
            }
        }

        return new SiteDecision("SITE.steady", $"{view.Sites.Record?.ActiveSite ?? "no site"} is active", new SiteAction.None());
    }

    internal static bool Leads(DutyView view) => view.Member is { IAmPrimary: true, Record.IsBeingBorn: false };

    internal static string Seconds(TimeSpan? span) => span is { } known ? $"{known.TotalSeconds:F1} s" : "an unknown amount";

    /// <summary>The card as it ought to be, with the next beat.</summary>
    public static SiteCard? CardOf(DutyView view)
    {
        var member = view.Member;
        if (member.Record is not { IsBeingBorn: false } record)
        {
            return null;
        }

        var passive = member.IsPassive;
        return new SiteCard
        {
            Site = view.Sites.Mine,
            Epoch = record.Epoch,
            Leader = member.Me,
            Passive = passive,
            SystemId = record.SystemId,
            Lineage = record.Lineage,
            Serving = passive
                ? member.Engine is { Process: ProcessState.Running, Role: MemberRole.Standby, Streaming: true }
                : member.Engine is { Process: ProcessState.Running, Role: MemberRole.Primary, GateOpen: true } && record.PendingFork is null,
            Healthy = IsHealthy(member),
            Isolation = passive ? null : view.Sites.Policy.Isolation,
            Position = member.Engine.Position,
            LedgerClock = view.LedgerClock,
            Clock = passive ? null : view.Clock,
            Beat = (view.Sites.MyCard?.Beat ?? 0) + 1,
        };
    }

    internal static bool IsHealthy(MemberView member) =>
        member.Group.Members.Keys.Where(name => name != member.Me)
            .All(name => member.Peers.TryGetValue(name, out var peer) && peer.LooksUsable(member.Group.Timing) && peer.Streaming);

    /// <summary>Its log is known to be the store's history; else it could not be promoted, and how far it is says nothing.</summary>
    internal static bool IsOnHistory(MemberView member) => member.Memory.Divergence is null && member.Standing() is { OnLineage: true };

    private static DutyOutcome Create(DutyView view, string reason) => new($"{view.Sites.Mine} is active at first: {reason}",
        new SiteAction.CreateRecord(new SiteRecord
        {
            Epoch = Math.Max(1, Eras.Of(view.Member.Record?.Epoch ?? 0)),
            // Moves are counted: a group that stopped for one of a scope that is gone must find that one over.
            Moves = view.Member.Record?.StopsFor ?? 0,
            ActiveSite = view.Sites.Mine,
            Reason = reason,
        }));

    /// <summary>What the active site's last card said of its isolation is not what is declared here; null: it is, or nothing was said.</summary>
    internal static string? Disagreement(SiteView sites) =>
        sites.ActiveCard is { Isolation: { } theirs } && theirs != sites.Policy.Isolation
            ? $"the agents at {sites.Policy.Other} act by 'isolation: {Words.Of(theirs)}', and those at {sites.Mine} by " +
              $"'isolation: {Words.Of(sites.Policy.Isolation)}': give all the same file, and restart them"
            : null;

    /// <summary>The active site is the other one, and it does not write: its lease is gone.</summary>
    private static bool IsLost(DutyView view, bool asAgreed = true) =>
        view.Sites is { Record: { State: SiteState.Steady } record } sites && record.ActiveSite == sites.Policy.Other &&
        (!asAgreed || Disagreement(sites) is null) &&
        view.Member is { IsPassive: true, IAmPrimary: true } &&
        (sites.Policy.Isolation == IsolationPolicy.Fence
            ? sites.LeaseSite is null && sites.LeaseGoneFor > TimeSpan.Zero && sites.ActiveCard is not null
            : sites.OtherSilentFor is not { } silence || silence >= CardSilence);

    /// <summary>The other site is the active one, has had no primary under this site epoch, and is not heard.</summary>
    private static bool IsUnled(DutyView view) =>
        view.Sites is { Record: { State: SiteState.Steady } record, ActiveCard: null } sites && record.ActiveSite == sites.Policy.Other &&
        Leads(view) && sites.LeaseSite is null && !(sites.OtherSilentFor < CardSilence);

    private static bool IsBereft(DutyView view) =>
        IsLost(view) && view.Sites.Policy is { Isolation: IsolationPolicy.Fence, Failover: SiteFailoverPolicy.Automatic } &&
        !view.Member.Record!.Paused && view.Member.Engine.RunsAs(MemberRole.Standby) && IsOnHistory(view.Member);

    /// <summary>
    /// From when the site lease of a lost primary is gone. Where time protects, the group's own lease ends before it can elect, and both were last renewed by
    /// the same member; then it has as long as a hand-over may take.
    /// </summary>
    private static TimeSpan TimeToElect(GroupSpec group) =>
        group.Timing.HandOver + (!group.ZeroLoss && group.Timing.Lease > group.Timing.SiteLease ? group.Timing.Lease - group.Timing.SiteLease : TimeSpan.Zero);

    private static string? HeardHeir(DutyView view) => view.Sites.Remote
        .Where(peer => peer.Value is { Process: ProcessState.Running, Data: DataState.Present } told && told.HeardWithin(view.Member.Group.Timing.SuspectAfter))
        .Select(peer => peer.Key).FirstOrDefault();

    private static string? Hindrance(DutyView view, MemberView member) =>
        member.Record!.Paused ? $"its group is paused: holdfast resume --site {view.Sites.Mine}"
        : !member.Engine.RunsAs(MemberRole.Standby) ? "its server is down"
        : !IsOnHistory(member) ? "it is not seen to be on the store's history"
        : null;

    private static string Waiting(DutyView view)
    {
        var sites = view.Sites;
        var member = view.Member;
        if (member.Memory.Divergence is not null)
        {
            return $"{sites.Policy.Other} is active and not heard, and the log of {member.Me} has left the store's history: only a primary at " +
                $"{sites.Policy.Other} can mend it: bring site {sites.Policy.Other} back";
        }

        if (member.Engine.Data is DataState.Empty or DataState.Incomplete)
        {
            return $"{sites.Policy.Other} is active and not heard, and {member.Me} has no whole copy of the store to go on with: " +
                $"bring site {sites.Policy.Other} back";
        }

        if (member.Engine.Lacks is { } lacks)
        {
            return $"{sites.Policy.Other} is active and not heard, and the log of {member.Me} was mended but for its end: its server cannot start without " +
                $"what is up to {lacks}: bring site {sites.Policy.Other} back";
        }

        if (member.IsPassive && Hindrance(view, member) is { } hindrance)
        {
            return $"{sites.Policy.Other} is active and not heard; {member.Me} cannot take over while {hindrance}";
        }

        // What is named is the whole of what is to be decided: a command that would only be refused helps nobody.
        var (missing, command) = (MoveDuties.Missing(view), MoveDuties.FailoverCommand(view));
        return sites.Policy switch
        {
            { Isolation: IsolationPolicy.Continue } =>
                $"{sites.Policy.Other} has not been heard for {Seconds(sites.OtherSilentFor)} and may go on by itself (isolation: continue): " +
                $"an operator must stop it and say how{(missing is null ? "" : $", and accept that {missing}")}: {command}",
            { Failover: SiteFailoverPolicy.Manual } =>
                $"{sites.Policy.Other} has lost its site lease and does not write (site-failover: manual): an operator decides" +
                $"{(missing is null ? "" : $", and has to accept that {missing}")}: {command}",
            _ => $"{sites.Policy.Other} has lost its site lease, but {MoveDuties.FailoverRefusal(view, accepted: false) ?? "nothing is known of it yet"}",
        };
    }
}
