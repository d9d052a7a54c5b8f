using System.Collections.Immutable;
using Holdfast.Core.Failover;

namespace Holdfast.Core.Sites;

/// <summary>Why a store moves to another site.</summary>
public enum MoveKind
{
    /// <summary>Planned: both sites live, nothing is lost.</summary>
    Switchover,
    /// <summary>The active site is gone or cut off.</summary>
    Failover,
    /// <summary>Back to where it was: as a switchover, after the returned site has been verified.</summary>
    Failback,
}

public enum MoveState { Running, Done, Failed }

public enum StepState { Pending, Running, Done, Failed, Skipped }

/// <summary>What a move does, in this order; not every kind of move has every step.</summary>
public enum StepKind
{
    /// <summary>May the move be made at all? Refuses with the reason.</summary>
    Check,
    /// <summary>Both sites are compared by checksum before anything is moved back.</summary>
    VerifyBefore,
    /// <summary>The user's program, before anything is changed.</summary>
    BeforeHook,
    /// <summary>The old primary flushes dirty pages, so that its stop is short.</summary>
    Prepare,
    /// <summary>The old site has stopped, by its lease or by an operator's word.</summary>
    Fence,
    /// <summary>The old primary stops in good order; the write pause begins.</summary>
    Stop,
    /// <summary>The new site has all that the old primary had.</summary>
    CatchUp,
    /// <summary>The global record names the new site: the point of no return.</summary>
    Take,
    /// <summary>The new site's group has a primary that admits clients; the write pause ends.</summary>
    Promote,
    /// <summary>The user's program, when the new site serves.</summary>
    AfterHook,
    /// <summary>The old site follows the new one.</summary>
    Follow,
    /// <summary>The members are compared by checksum.</summary>
    Verify,
}

/// <summary>One step of a move, as it is kept in the global scope.</summary>
/// <param name="StartedAt">Milliseconds since 1970, by the clock of the agent that began it; null: not begun.</param>
/// <param name="Took">Milliseconds; null: not ended.</param>
/// <param name="Detail">What came of it, or what it waits for, in words.</param>
public sealed record MoveStep(StepKind Kind, StepState State = StepState.Pending, long? StartedAt = null, long? Took = null, string? Detail = null)
{
    public bool HasEnded => State is StepState.Done or StepState.Skipped or StepState.Failed;
}

/// <summary>
/// A move of a store from one site to the other: a durable runbook. Each step is written before it is done, each is idempotent, and whoever
/// leads the group that a step belongs to does it; so any crash is survived by the next agent that looks.
/// </summary>
public sealed record SiteMove
{
    public const int CurrentFormat = 1;

    public required string Id { get; init; }
    public required MoveKind Kind { get; init; }
    public required string From { get; init; }
    public required string To { get; init; }
    public MoveState State { get; init; } = MoveState.Running;
    /// <summary>An operator accepts a loss above the site-loss RPO.</summary>
    public bool AcceptDataLoss { get; init; }
    /// <summary>How an operator says that the old site was stopped; null: nobody has said so.</summary>
    public string? Fenced { get; init; }
    /// <summary>Who asked: a person and host, or <c>holdfast</c> itself.</summary>
    public required string RequestedBy { get; init; }
    public long? RequestedAt { get; init; }
    public required ImmutableArray<MoveStep> Steps { get; init; }
    /// <summary>Where the old primary's log ended when it stopped in good order.</summary>
    public LogPosition? StoppedAt { get; init; }
    /// <summary>
    /// How far the new site's leader was when it took the store. Its first primary has at least that, unless an operator accepts the loss.
    /// </summary>
    public LogPosition? TakenAt { get; init; }
    /// <summary>Why it failed, or what it came to.</summary>
    public string? Result { get; init; }

    /// <summary>The first step that has not ended; null: there is none.</summary>
    public MoveStep? Current => Steps.FirstOrDefault(step => !step.HasEnded);

    public MoveStep? Step(StepKind kind) => Steps.FirstOrDefault(step => step.Kind == kind);

    public bool IsDone(StepKind kind) => Step(kind) is { State: StepState.Done or StepState.Skipped };

    /// <summary>The global record has changed: there is only forward.</summary>
    public bool IsPastReturn => IsDone(StepKind.Take);

    /// <summary>The new site is named in the global record, and has had no primary that admits clients yet.</summary>
    public bool IsUnserved => IsPastReturn && !IsDone(StepKind.Promote);

    public SiteMove With(StepKind kind, Func<MoveStep, MoveStep> change) =>
        this with { Steps = [.. Steps.Select(step => step.Kind == kind ? change(step) : step)] };

    /// <summary>The steps of each kind of move.</summary>
    /// <param name="compares">The members can be compared.</param>
    public static ImmutableArray<MoveStep> StepsOf(MoveKind kind, bool hookBefore, bool hookAfter, bool compares)
    {
        StepKind[] kinds = kind switch
        {
            MoveKind.Failover =>
                [StepKind.Check, StepKind.BeforeHook, StepKind.Fence, StepKind.Take, StepKind.Promote, StepKind.AfterHook, StepKind.Verify],
            MoveKind.Failback =>
            [
                StepKind.Check, StepKind.VerifyBefore, StepKind.BeforeHook, StepKind.Prepare, StepKind.Stop, StepKind.CatchUp, StepKind.Take,
                StepKind.Promote, StepKind.AfterHook, StepKind.Follow, StepKind.Verify,
            ],
            _ =>
            [
                StepKind.Check, StepKind.BeforeHook, StepKind.Prepare, StepKind.Stop, StepKind.CatchUp, StepKind.Take, StepKind.Promote,
                StepKind.AfterHook, StepKind.Follow, StepKind.Verify,
            ],
        };
        return
        [
            .. kinds.Where(step => (step != StepKind.BeforeHook || hookBefore) && (step != StepKind.AfterHook || hookAfter) &&
                    (step is not (StepKind.VerifyBefore or StepKind.Verify) || compares))
                .Select(step => new MoveStep(step)),
        ];
    }
}
