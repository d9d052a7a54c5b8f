using Holdfast.Core.Quorum;

namespace Holdfast.Core.Failover.Rules;

/// <summary>R9: prepare first, then stop writes, then hand over. The election itself is R2 and R3.</summary>
internal static class SwitchoverRules
{
    public static readonly Rule[] Requests =
    [
        new("R9.paused", "a move is asked for while the group is paused", "refuse it", true,
            view => view is { Coordination.Request: { } request, Record.Paused: true }
                ? Close(request, false, $"the group is paused: resume it first (holdfast resume{(view.Sites is { } sites ? $" --site {sites.Mine}" : "")})")
                : null),

        new("R9.expired", "a request has been there longer than the limit for a switchover", "give it up", false,
            view => view.Coordination.Request is { } request && request.Age >= view.Group.Timing.Switchover
                ? Close(request, false, $"not done within {view.Group.Timing.Switchover.TotalSeconds:F0} s")
                : null),

        new("R9.abandoned", "the target of a switchover did not take over, and this primary runs again", "give the request up", false,
            view => view is { IAmPrimary: true, Coordination.Request: { Kind: RequestKind.Switchover } request } &&
                    view.Activity.HandOverAbandoned && view.Engine.RunsAs(MemberRole.Primary)
                ? Close(request, false,
                    $"the target did not take over within {view.Group.Timing.HandOver.TotalSeconds:F0} s; {view.Me} is primary again")
                : null),

        new("R9.refuse", "a switchover is asked for that cannot be done without waiting or loss", "refuse it with the reason", false,
            view => view is { IAmPrimary: true, Coordination.Request: { Kind: RequestKind.Switchover } request } &&
                    view.Engine.RunsAs(MemberRole.Primary) && Refusal(view, request) is { } refusal
                ? Close(request, false, refusal)
                : null),

        new("R9.checkpoint", "a switchover is asked for", "flush dirty pages first, so that the stop is short", false,
            view => view is { IAmPrimary: true, Coordination.Request: { Kind: RequestKind.Switchover } request } &&
                    view.Engine.RunsAs(MemberRole.Primary) &&
                    view.Activity.CheckpointedFor != request.Id && view.Activity.CheckpointingFor != request.Id
                ? new Outcome($"preparing the switchover to {view.ChosenTarget(request)}", new MemberAction.Checkpoint(request.Id))
                : null),
    ];

    public static readonly Rule Stop =
        new("R9.stop",
            "only the target may acknowledge any more, record and server agree, and it is close",
            "stop writes: shut down in good order, which sends it everything", false,
            view => view is { IAmPrimary: true, Record: { } record } && view.Engine.RunsAs(MemberRole.Primary) &&
                    view.SwitchoverTarget() is { } target && Prepared(view, record, target)
                ? new Outcome($"{target} is ready to take over", new MemberAction.Stop(Immediate: false))
                : null);

    private static bool Prepared(MemberView view, GroupRecord record, string target)
    {
        var narrowed = view.Group.ZeroLoss
            ? record.Sync.Protects && record.Sync.Candidates.Count == 1 && record.Sync.Candidates[0] == target &&
              view.Engine.EffectiveSync == record.Sync
            : record.Mode == ProtectionMode.Lease;
        return narrowed && view.Streams(target, Facts.SwitchoverLagBytes);
    }

    private static string? Refusal(MemberView view, MoveRequest request)
    {
        if (view.ChosenTarget(request) is not { } target)
        {
            return "no standby is streaming and close enough to take over";
        }

        if (!view.Group.Members.TryGetValue(target, out var priority))
        {
            return $"{target} is not a member of this group; its members are {string.Join(", ", view.Group.Members.Keys)}";
        }

        if (target == view.Me)
        {
            return $"{target} is the primary already";
        }

        if (priority == 0)
        {
            return $"{target} has priority 0: it is never to be primary";
        }

        if (view.Engine.Standbys.FirstOrDefault(standby => standby.Member == target && standby.Streaming) is not { } standby)
        {
            return $"{target} is not streaming from {view.Me}: it is down or still catching up";
        }

        var lag = view.Engine.Inserted is { } end ? end.BytesAhead(standby.Flushed) : 0;
        return lag > Facts.CandidateLagBytes
            ? $"{target} is {lag} bytes behind, more than {Facts.CandidateLagBytes}: try again when it has caught up"
            : null;
    }

    private static Outcome Close(MoveRequest request, bool done, string outcome) =>
        new(outcome, new MemberAction.CloseRequest(request.Id, done, outcome));
}
