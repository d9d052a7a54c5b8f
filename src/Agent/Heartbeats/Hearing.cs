namespace Holdfast.Agent.Heartbeats;

/// <summary>
/// Does this agent hear its group? What arrives nowhere and what nobody sends look alike from here; so it is not judged, only told to the others, who
/// know that they send (R7).
/// </summary>
/// <param name="others">Members of its group but itself.</param>
/// <param name="limit">Silence of all of them that is worth telling.</param>
internal sealed class Hearing(IHeartbeatLink link, IReadOnlyCollection<string> others, SelfScore score, TimeProvider time, TimeSpan limit)
{
    /// <summary>
    /// For how long nobody has been heard. Zero: somebody has been, lately; or there is nobody else; or this agent was late itself, and cannot tell.
    /// </summary>
    public TimeSpan DeafFor()
    {
        var now = time.GetTimestamp();
        if (others.Count == 0 || !score.IsTrustworthy(now))
        {
            return TimeSpan.Zero;
        }

        var heard = others.Max(name => link.Latest(name)?.ReceivedAt ?? 0);
        var silence = time.GetElapsedTime(Math.Max(heard, score.SilenceStartsAt(now)), now);
        return silence >= limit ? silence : TimeSpan.Zero;
    }
}
