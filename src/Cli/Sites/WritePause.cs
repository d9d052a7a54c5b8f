using Holdfast.Agent.Api.Sites;

namespace Holdfast.Cli.Sites;

/// <summary>How long a move kept clients from writing. Pure.</summary>
internal static class WritePause
{
    /// <summary>
    /// Planned: from the start of the step <c>stop</c>; a failover: from the last sign of life of the old site; to the end of <c>promote</c>.
    /// </summary>
    /// <param name="silentWhenAsked">For how long the old site had not been heard when the move was asked for; null: not known.</param>
    /// <returns>Null: it has not ended, or cannot be said.</returns>
    public static TimeSpan? Of(SiteMoveStatus move, TimeSpan? silentWhenAsked)
    {
        if (Step(move, "promote") is not { State: "done", StartedAt: { } begun, TookMs: { } took })
        {
            return null;
        }

        var end = begun + TimeSpan.FromMilliseconds(took);
        if (move.Kind == "failover")
        {
            return silentWhenAsked is { } silent && move.RequestedAt is { } asked && end > asked ? silent + (end - asked) : null;
        }

        if (Step(move, "stop") is not { StartedAt: { } stopped })
        {
            return null;
        }

        // The two sites have two clocks. However they differ, it lasted no less than the steps in it together.
        var steps = move.Steps.SkipWhile(step => step.Step != "stop").TakeWhile(step => step.Step != "promote").Sum(step => step.TookMs ?? 0) + took;
        return end - stopped is var span && span.TotalMilliseconds >= steps ? span : TimeSpan.FromMilliseconds(steps);
    }

    private static SiteStepStatus? Step(SiteMoveStatus move, string name) => move.Steps.FirstOrDefault(step => step.Step == name);
}
