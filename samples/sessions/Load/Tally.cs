namespace Holdfast.Sessions.Load;

/// <summary>Counts what all users have met.</summary>
internal sealed class Tally
{
    private const int MostProblems = 10;
    private readonly Lock _gate = new();
    private readonly HashSet<string> _out = [];
    private readonly Dictionary<string, int> _problems = [];
    private LoadReport _sum = new();

    /// <summary>The sum so far.</summary>
    public LoadReport Sum
    {
        get
        {
            lock (_gate)
            {
                return _sum with
                {
                    LoggedOut = _out.Count,
                    Problems = [.. _problems.OrderByDescending(one => one.Value).Take(MostProblems).Select(one => $"{one.Value} x {one.Key}")],
                };
            }
        }
    }

    /// <summary>A request was answered, or given up, after so long.</summary>
    public void Took(TimeSpan pause) =>
        Change(sum => sum with { Requests = sum.Requests + 1, LongestPause = pause > sum.LongestPause ? pause : sum.LongestPause });

    public void Failed(string reason)
    {
        lock (_gate)
        {
            _problems[reason] = _problems.GetValueOrDefault(reason) + 1;
            _sum = _sum with { Errors = _sum.Errors + 1 };
        }
    }

    public void LoggedOut(string user)
    {
        lock (_gate)
        {
            _out.Add(user);
            _sum = _sum with { TimesLoggedOut = _sum.TimesLoggedOut + 1 };
        }
    }

    public void Judged(Judgement judgement)
    {
        switch (judgement.Finding)
        {
            case Finding.AsAnother:
                Change(sum => sum with { AsAnother = sum.AsAnother + 1 });
                break;
            case Finding.SteppedBack:
                Change(sum => sum with
                {
                    StepsBack = sum.StepsBack + 1,
                    ChangesLost = sum.ChangesLost + judgement.Lost,
                    OldestLost = judgement.Age > sum.OldestLost ? judgement.Age : sum.OldestLost,
                });
                break;
            case Finding.Jumped:
                Failed("a counter went on further than its user clicked");
                break;
            case Finding.Well:
                break;
            default:
                throw new InvalidOperationException($"what is {judgement.Finding}?");
        }
    }

    private void Change(Func<LoadReport, LoadReport> change)
    {
        lock (_gate)
        {
            _sum = change(_sum);
        }
    }
}
