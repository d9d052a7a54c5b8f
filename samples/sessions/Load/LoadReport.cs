using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Sessions.Load;

/// <summary>What came of a run.</summary>
internal sealed record LoadReport
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true };

    public int Users { get; init; }
    public int Instances { get; init; }
    /// <summary>Length of the run, from the moment at which all were signed in.</summary>
    public TimeSpan Length { get; init; }
    /// <summary>Clicks sent.</summary>
    public int Requests { get; init; }
    /// <summary>Clicks and sign-ins without a good answer: an error page, none in time, no connection.</summary>
    public int Errors { get; init; }
    /// <summary>The longest that a user waited for an answer to a click.</summary>
    public TimeSpan LongestPause { get; init; }
    /// <summary>Users who were taken for nobody though they had not signed out.</summary>
    public int LoggedOut { get; init; }
    /// <summary>How often that happened in all; they sign in again each time.</summary>
    public int TimesLoggedOut { get; init; }
    /// <summary>Answers that were for somebody else.</summary>
    public int AsAnother { get; init; }
    /// <summary>Answers whose counter was not beyond what had been acknowledged before.</summary>
    public int StepsBack { get; init; }
    /// <summary>Acknowledged clicks that were gone then.</summary>
    public int ChangesLost { get; init; }
    /// <summary>How old the oldest of them was.</summary>
    public TimeSpan OldestLost { get; init; }
    /// <summary>Kinds of error, the most frequent first.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];
    /// <summary>What a step back may cost without failing the run.</summary>
    public TimeSpan MayLose { get; init; }

    /// <summary>Why the run has failed; empty: it has not.</summary>
    public IReadOnlyList<string> Faults =>
    [
        .. new[]
        {
            Requests == 0 ? "nobody clicked" : null,
            LoggedOut > 0 ? $"{Whole(LoggedOut)} of {Whole(Users)} users were logged out" : null,
            AsAnother > 0 ? $"{Whole(AsAnother)} answers were for another user" : null,
            Errors > 0 ? $"{Whole(Errors)} requests failed" : null,
            StepsBack > 0 && OldestLost > MayLose ? $"{Whole(ChangesLost)} acknowledged changes are gone, the oldest {Seconds(OldestLost)} old" : null,
        }.OfType<string>(),
    ];

    public string Text()
    {
        var text = new StringBuilder();
        text.AppendLine($"{Whole(Users)} users, {Instances} {(Instances == 1 ? "instance" : "instances")}, {Length.TotalSeconds:0.0} s");
        Line("requests", Whole(Requests));
        Line("errors", Whole(Errors));
        Line("longest pause", Seconds(LongestPause));
        Line("logged out", LoggedOut == TimesLoggedOut ? Whole(LoggedOut) : $"{Whole(LoggedOut)} users, {Whole(TimesLoggedOut)} times");
        Line("as another", Whole(AsAnother));
        Line("steps back", StepsBack == 0 ? "0" : $"{Whole(StepsBack)}: {Whole(ChangesLost)} changes lost, the oldest {Seconds(OldestLost)} old");
        foreach (var problem in Problems)
        {
            text.AppendLine($"  {problem}");
        }

        return text.AppendLine(Faults.Count > 0 ? $"not well: {string.Join("; ", Faults)}" : "nobody was logged out").ToString();

        void Line(string name, string value) => text.AppendLine($"{name,-15}{value}");
    }

    public string Json() => new JsonObject
    {
        ["users"] = Users,
        ["instances"] = Instances,
        ["seconds"] = Rounded(Length),
        ["requests"] = Requests,
        ["errors"] = Errors,
        ["longestPauseSeconds"] = Rounded(LongestPause),
        ["loggedOut"] = LoggedOut,
        ["timesLoggedOut"] = TimesLoggedOut,
        ["asAnother"] = AsAnother,
        ["stepsBack"] = StepsBack,
        ["changesLost"] = ChangesLost,
        ["oldestLostSeconds"] = Rounded(OldestLost),
        ["problems"] = new JsonArray([.. Problems.Select(problem => JsonValue.Create(problem))]),
        ["faults"] = new JsonArray([.. Faults.Select(fault => JsonValue.Create(fault))]),
    }.ToJsonString(Layout) + "\n";

    private static double Rounded(TimeSpan span) => Math.Round(span.TotalSeconds, 3);

    private static string Seconds(TimeSpan span) => span.TotalSeconds.ToString("0.00 's'", CultureInfo.InvariantCulture);

    private static string Whole(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
