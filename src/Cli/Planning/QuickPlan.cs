using System.Collections.Immutable;
using System.Text;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Core.Planning.Facts;

namespace Holdfast.Cli.Planning;

/// <summary>One number that a plan can be made from before there is a file.</summary>
/// <param name="Flag">Its option, without dashes.</param>
/// <param name="Key">Its path in the file; its last part is the key.</param>
/// <param name="Question">What the interview asks.</param>
/// <param name="Usual">What holds when nobody answers. Empty: nothing is written, and the model's default holds.</param>
internal sealed record QuickNumber(string Flag, string Key, string Question, string Usual, string Meaning);

/// <summary>
/// A plan from a handful of numbers: they are written as a file for planning, which is read like any other. So flags, answers and files have the same
/// forms and the same messages, and what was answered can be kept.
/// </summary>
internal static class QuickPlan
{
    private const string Store = "planning.stores.data";
    private const string Link = "planning.links.here-there";

    public static readonly ImmutableArray<QuickNumber> Numbers =
    [
        new(
            "class", $"{Store}.class", "What kind of store is it: relational, cache, broker, secrets, nosql or kubernetes?", "relational",
            "Class of the store."),
        new(
            "distance", $"{Link}.route", "How many kilometres of fibre to the other site? ('none': there is no other site)", "100km",
            "Route to the other site."),
        new("host-rpo", $"{Store}.objectives.host-loss.rpo", "A host fails: how much may be lost, in time?", "0s", "How much may be lost with a host."),
        new("host-rto", $"{Store}.objectives.host-loss.rto", "And how long may it be down?", "5s", "How long it may be down after a lost host."),
        new("site-rpo", $"{Store}.objectives.site-loss.rpo", "A whole site fails: how much may be lost?", "5s", "How much may be lost with a site."),
        new("site-rto", $"{Store}.objectives.site-loss.rto", "And how long may it be down?", "1h", "How long it may be down after a lost site."),
        new("bandwidth", $"{Link}.bandwidth", "What does the line carry in a second?", "125MB", "What the line carries in a second."),
        new("size", $"{Store}.size", "How large are the data?", "100GB", "Size of the data."),
        new("log", $"{Store}.log", "How much log do they write in a second, on average?", "1MB", "Log written in a second, on average."),
        new("commits", $"{Store}.commits", "How many commits a second are needed?", "100", "Commits a second."),
        new("connections", $"{Store}.connections", "By how many connections at a time?", "20", "Connections that commit at the same time."),
        new("commit-budget", $"{Store}.commit-budget", "What may a commit take at most?", "10ms", "The longest that a commit may take."),
        new("damage", $"{Store}.damage", "What does an hour without it cost?", "1000", "What an hour without it costs."),
    ];

    /// <summary>The flags about the loss of a whole site.</summary>
    public static readonly ImmutableArray<string> OfSite = ["site-rpo", "site-rto"];

    private const string None = "none";

    /// <summary>What is of another site where there is none. Null: nothing is.</summary>
    public static string? Contradiction(IReadOnlyDictionary<string, string> answers, bool witness, bool automatic)
    {
        string[] useless =
        [
            .. answers.ContainsKey("bandwidth") ? new[] { "--bandwidth" } : [], .. witness ? new[] { "--witness" } : [],
            .. automatic ? new[] { "--automatic" } : [],
        ];
        return Answer(answers, "distance") == None && useless.Length > 0
            ? $"{string.Join(" and ", useless)} {(useless.Length == 1 ? "is" : "are")} about another site, and '--distance none' says that there is none: "
                + "leave out one of the two"
            : null;
    }

    /// <summary>The file that says what the answers say.</summary>
    /// <param name="answers">By flag; what is not in it has the usual value.</param>
    /// <param name="witness">There is a third place for coordination.</param>
    /// <param name="automatic">The other site may take over by itself.</param>
    /// <param name="offSite">Backups outlive a site.</param>
    public static string ToYaml(IReadOnlyDictionary<string, string> answers, bool witness, bool automatic, bool offSite)
    {
        var alone = Answer(answers, "distance") == None;
        var text = new StringBuilder("# For 'holdfast plan FILE'.\nsystem: planned\nsites:\n  here: {}\n");
        text.Append(alone ? "" : "  there: {}\n").Append(witness && !alone ? "  third: { witness: true }\n" : "").Append("planning:\n");
        if (!alone)
        {
            text.Append("  links:\n    here-there:\n      between: [here, there]\n").Append(Lines(answers, Link, indent: 6));
        }

        text.Append($"  backup: {{ off-site: {(offSite ? "true" : "false")} }}\n");
        text.Append("  stores:\n    data:\n").Append(Lines(answers, Store, indent: 6));
        text.Append(automatic ? "      automatic-site-failover: true\n" : "").Append("      objectives:\n");
        // Where there is no other site, the loss of the only one is asked about by whoever asks: a plan says what would have to be.
        var asksSite = !alone || OfSite.Any(answers.ContainsKey);
        foreach (var kind in asksSite ? (string[])["host-loss", "site-loss"] : ["host-loss"])
        {
            text.Append($"        {kind}:\n").Append(Lines(answers, $"{Store}.objectives.{kind}", indent: 10));
        }

        return text.ToString();
    }

    /// <summary>The facts, or one message for each wrong answer, by its flag.</summary>
    /// <exception cref="CliException">An answer is not of its form.</exception>
    public static PlanFacts Facts(ISystemFiles files, string yaml)
    {
        var reading = files.ParsePlan(yaml);
        return reading.Facts ?? throw new CliException(ExitCode.Usage, string.Join("; and ", reading.Errors.Select(Said)));
    }

    /// <summary>What is wrong with an answer. Null: nothing.</summary>
    public static string? ProblemOf(ISystemFiles files, QuickNumber number, string answer)
    {
        var yaml = ToYaml(new Dictionary<string, string>(StringComparer.Ordinal) { [number.Flag] = answer }, witness: false, automatic: false, offSite: false);
        return files.ParsePlan(yaml).Errors.FirstOrDefault(error => error.Path == number.Key)?.Text;
    }

    private static string Said(FileError error) =>
        Numbers.FirstOrDefault(number => number.Key == error.Path) is { } number ? $"--{number.Flag}: {error.Text}" : error.ToString();

    private static string Lines(IReadOnlyDictionary<string, string> answers, string section, int indent) => string.Concat(
        Numbers.Where(number => number.Key.LastIndexOf('.') == section.Length && number.Key.StartsWith(section, StringComparison.Ordinal))
            .Select(number => $"{new string(' ', indent)}{number.Key[(section.Length + 1)..]}: {Quoted(Answer(answers, number.Flag))}\n"));

    private static string Answer(IReadOnlyDictionary<string, string> answers, string flag) =>
        answers.GetValueOrDefault(flag, Numbers.First(number => number.Flag == flag).Usual);

    // Whatever was typed is one plain word in the file, or it is quoted and refused by its form there.
    private static string Quoted(string answer) =>
        answer.Length > 0 && answer.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-')
            ? answer
            : $"'{string.Concat(answer.Where(letter => !char.IsControl(letter))).Replace("'", "''", StringComparison.Ordinal)}'";
}
