namespace Holdfast.Core.Failover;

/// <summary>What there is to judge by, for one standby about its primary (R7).</summary>
public sealed record SuspicionEvidence
{
    public required TimeSpan SuspectAfter { get; init; }
    /// <summary>
    /// Since the last heartbeat of the primary's agent, not counting time before this agent could hear. One by which it says that it hears nobody is as
    /// old as the last that it heard: a primary that nothing reaches gets no acknowledgement either.
    /// </summary>
    public required TimeSpan HeartbeatSilence { get; init; }
    /// <summary>Since the log stream last brought something or the primary's server last answered a question.</summary>
    public required TimeSpan LogSilence { get; init; }
    /// <summary>Since coordination last saw the primary renew its presence; null: coordination cannot be asked.</summary>
    public TimeSpan? PresenceSilence { get; init; }
    /// <summary>It is heard, and says that it hears nobody.</summary>
    public bool Deaf { get; init; }
    /// <summary>Other members that suspect the same primary in the same epoch, heard lately.</summary>
    public int AgreeingPeers { get; init; }
    /// <summary>This agent ran on time lately.</summary>
    public required bool Trustworthy { get; init; }
    /// <summary>The primary's agent said that it restarts.</summary>
    public bool AnnouncedRestart { get; init; }
}

/// <param name="Suspects">This member, by itself, holds the primary for dead; it says so to its peers.</param>
/// <param name="Confirmed">And another party agrees: enough to act.</param>
public sealed record SuspicionVerdict(bool Suspects, bool Confirmed, string Reason)
{
    public static readonly SuspicionVerdict Trusting = new(false, false, "the primary is heard");
}

/// <summary>
/// Rule R7: evidence from two directions, the agreement of another party, and never from an agent that is itself late.
/// The judging part of a failure detector; the measuring is the agent's. Idea: Orleans' self-monitoring membership oracle.
/// </summary>
public static class SuspicionJudge
{
    /// <summary>While an agent restarts only its server can be asked; that is given twice the time.</summary>
    private const int RestartAllowance = 2;

    public static SuspicionVerdict Judge(SuspicionEvidence evidence)
    {
        var limit = evidence.AnnouncedRestart ? evidence.SuspectAfter * RestartAllowance : evidence.SuspectAfter;
        if (evidence.HeartbeatSilence < limit)
        {
            return SuspicionVerdict.Trusting;
        }

        if (evidence.LogSilence < limit)
        {
            return new(false, false, "the agent is silent but the server answers");
        }

        if (!evidence.Trustworthy)
        {
            return new(false, false, "this agent was late itself and accuses nobody");
        }

        var agent = evidence.Deaf ? "has heard nobody" : "silent";
        var silence = $"agent {agent} for {Milliseconds(evidence.HeartbeatSilence)}, server for {Milliseconds(evidence.LogSilence)}";
        if (evidence.AgreeingPeers > 0)
        {
            return new(true, true, $"{silence}; {evidence.AgreeingPeers} other member(s) agree");
        }

        return evidence.PresenceSilence is { } presence && presence >= evidence.SuspectAfter
            ? new(true, true, $"{silence}; coordination has not heard of it for {Milliseconds(presence)}")
            : new(true, false, $"{silence}; nobody else agrees yet");
    }

    private static string Milliseconds(TimeSpan span) => $"{span.TotalMilliseconds:F0} ms";
}
