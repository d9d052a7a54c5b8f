namespace Holdfast.Agent.Logging;

/// <summary>
/// Logs a decision when it changes, not at each tick. The same rule for the same reason is logged again only after another one in between.
/// Thread-safe.
/// </summary>
public sealed class DecisionLog
{
    private readonly EventLog _log;
    private readonly Lock _gate = new();
    private (string Rule, string Reason, long Epoch)? _last;

    public DecisionLog(EventLog log) => _log = log;

    /// <summary>Logs unless it is the same rule, reason and epoch as last time. True: it was logged.</summary>
    /// <param name="epoch">0: there is none; the field is left out.</param>
    /// <param name="reasonKey">What to compare instead of the reason, when that carries figures that change at each tick.</param>
    public bool Note(string ruleId, string reason, long epoch = 0, string? reasonKey = null, EventLevel level = EventLevel.Info)
    {
        var note = (ruleId, reasonKey ?? reason, epoch);
        lock (_gate)
        {
            if (_last == note)
            {
                return false;
            }

            _last = note;
        }

        _log.Write(level, "decision", reason, ("rule", ruleId), ("epoch", epoch == 0 ? null : epoch));
        return true;
    }
}
