namespace Holdfast.Agent.Logging;

/// <summary>Logs a decision when it changes, not at each tick.</summary>
public sealed class DecisionLog
{
    public DecisionLog(EventLog log) => throw new NotSupportedException("shape only");

    /// <summary>Logs unless it is the same rule and reason as last time. True: it was logged.</summary>
    /// <param name="reasonKey">What to compare instead of the reason, when that carries figures that change at each tick.</param>
    public bool Note(string ruleId, string reason, long epoch = 0, string? reasonKey = null, EventLevel level = EventLevel.Info) =>
        throw new NotSupportedException("shape only");
}
