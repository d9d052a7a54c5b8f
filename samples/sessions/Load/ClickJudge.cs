namespace Holdfast.Sessions.Load;

/// <summary>What one answer says of one user.</summary>
internal enum Finding
{
    /// <summary>Still signed in as themselves, and the counter has gone on.</summary>
    Well,
    /// <summary>Signed in as somebody else.</summary>
    AsAnother,
    /// <summary>Clicks that were acknowledged are not there.</summary>
    SteppedBack,
    /// <summary>The counter is further than this user can have brought it.</summary>
    Jumped,
}

/// <param name="Lost">Acknowledged clicks that are gone.</param>
/// <param name="Age">
/// The age of the oldest of them when this request was sent: from its acknowledgement until then. The wait for this answer is no part of it.
/// </param>
internal sealed record Judgement(Finding Finding, int Lost = 0, TimeSpan Age = default);

/// <summary>Remembers what one user was told, and holds each further answer against it. Moments are times since the run began.</summary>
internal sealed class ClickJudge(string user)
{
    /// <summary>When each click was acknowledged; that of number 0 is the sign-in.</summary>
    private readonly List<TimeSpan> _acknowledged = [];
    private int _unknown;

    /// <summary>The last click that was acknowledged.</summary>
    public int Clicks => _acknowledged.Count - 1;

    /// <summary>A new sign-in: a new counter.</summary>
    public void SignedIn(TimeSpan moment)
    {
        _acknowledged.Clear();
        _acknowledged.Add(moment);
        _unknown = 0;
    }

    /// <summary>A click without an answer: it may count, and may do so late.</summary>
    public void Unanswered() => _unknown++;

    /// <param name="answeredAs">Whom the application takes the user for.</param>
    /// <param name="clicks">The counter, with this click.</param>
    public Judgement Answered(string answeredAs, int clicks, TimeSpan asked, TimeSpan answered)
    {
        if (answeredAs != user)
        {
            return new Judgement(Finding.AsAnother);
        }

        if (clicks > Clicks + 1 + _unknown)
        {
            GoOnFrom(clicks, answered);
            return new Judgement(Finding.Jumped);
        }

        if (clicks > Clicks)
        {
            GoOnFrom(clicks, answered);
            return new Judgement(Finding.Well);
        }

        var lost = Clicks - clicks + 1;
        var age = asked - _acknowledged[Math.Max(clicks, 0)];
        GoOnFrom(clicks, answered);
        return new Judgement(Finding.SteppedBack, lost, age);
    }

    private void GoOnFrom(int clicks, TimeSpan moment)
    {
        var kept = Math.Clamp(clicks, 0, _acknowledged.Count);
        _acknowledged.RemoveRange(kept, _acknowledged.Count - kept);
        while (_acknowledged.Count <= clicks)
        {
            _acknowledged.Add(moment);
        }
    }
}
