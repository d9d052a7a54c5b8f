namespace Holdfast.Agent.Loop;

/// <summary>
/// How long the main loop rests between two looks that nobody calls for. News (of coordination, of a peer, of the server's end) ends a rest at once;
/// what has to be found by looking is a server that does not answer, and silence.
/// </summary>
/// <param name="Beat">The interval of the heartbeats.</param>
/// <param name="SuspectAfter">A silence of this length counts.</param>
internal sealed record LookPace(TimeSpan Beat, TimeSpan SuspectAfter)
{
    /// <summary>While something is on its way.</summary>
    public static readonly TimeSpan Fast = TimeSpan.FromMilliseconds(15);
    /// <summary>No rest is longer.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// While all is well. Short enough that whoever falls silent is noticed at half of <see cref="SuspectAfter"/> at the latest or at a look that
    /// still comes before the whole of it.
    /// </summary>
    public TimeSpan Calm => Shorter(Beat > Longest ? Beat : Longest, SuspectAfter * 5 / 12);

    /// <param name="busy">Something is on its way, or was just done.</param>
    /// <param name="calm">The last look found nothing to do and nothing wanting.</param>
    /// <param name="silences">For how long nothing has come from each of those who should be heard.</param>
    public TimeSpan Rest(bool busy, bool calm, IEnumerable<TimeSpan> silences)
    {
        if (busy)
        {
            return Fast;
        }

        var rest = calm ? Calm : Beat;
        foreach (var silence in silences.Where(silence => silence >= SuspectAfter / 2))
        {
            // In time for the moment from which it counts; not sooner than that, and not much later.
            var left = SuspectAfter - silence;
            rest = Shorter(rest, left <= TimeSpan.Zero ? Beat : left > Fast ? left : Fast);
        }

        return rest;
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
