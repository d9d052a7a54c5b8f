using System.Diagnostics.Metrics;

namespace Holdfast.Agent.Metrics;

/// <summary>What the agent measures of itself; <c>/metrics</c> collects every instrument of this meter.</summary>
internal static class AgentMeter
{
    private static readonly Meter Meter = new("Holdfast");

    /// <summary>How late the loop began a turn, in seconds. An agent that is late accuses nobody (R7).</summary>
    public static readonly Histogram<double> LoopLateness = Meter.CreateHistogram<double>(
        "holdfast_loop_lateness", "s", "How late the agent's loop began a turn.");

    /// <summary>Turns of the loop by the rule that decided.</summary>
    public static readonly Counter<long> Decisions =
        Meter.CreateCounter<long>("holdfast_decisions", null, "Decisions that were carried out, by rule.");
}
