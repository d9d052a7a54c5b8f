using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Sites;

namespace Holdfast.Core.Tests.Scenarios;

/// <summary>What a table says at one place of a story.</summary>
/// <param name="Action">As <see cref="ActionText"/> or <see cref="DutyText"/> writes it.</param>
internal sealed record Said(string Rule, string Action, string Reason);

/// <summary>One place in a story where a decision is expected.</summary>
/// <param name="Line">Of the arrow, for messages.</param>
/// <param name="Duty">Not null: a duty in the global scope is asked for.</param>
/// <param name="Rule">The rule or duty that is to decide.</param>
/// <param name="Action">What it is to decide.</param>
/// <param name="Because">A part of the reason that is to be given; null: any.</param>
internal sealed record ScenarioStep(string File, int Line, MemberView View, DutyView? Duty, string Rule, string Action, string? Because)
{
    /// <summary>What these tables say here.</summary>
    public Said Decide(ImmutableArray<Rule> rules, ImmutableArray<Duty> duties)
    {
        if (Duty is { } duty)
        {
            var said = SiteDuties.Decide(duties, duty);
            return new Said(said.Rule, DutyText.Of(said.Action, duty), said.Reason);
        }

        var decision = FailoverRules.Decide(rules, View);
        return new Said(decision.Rule, ActionText.Of(decision.Action, View), decision.Reason);
    }

    public override string ToString() => $"{File}:{Line}";
}

/// <summary>
/// A story in a text file: a title, prose (lines that begin with #), statements that say how things stand, and arrows that say what is decided
/// then: <c>=></c> by the rules, <c>-></c> by the duties in the global scope. Statements stay until they are said anew; <c>me:</c> begins the view of another member. README.md beside the files has the words.
/// </summary>
internal sealed record ScenarioFile(string Name, string Title, ImmutableArray<ScenarioStep> Steps)
{
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "Scenarios");

    public static ImmutableArray<ScenarioFile> LoadAll() =>
        [.. Directory.GetFiles(Folder, "*.txt").Order(StringComparer.Ordinal).Select(path => Parse(Path.GetFileName(path), File.ReadAllText(path)))];

    /// <exception cref="FormatException">Names file and line, and what was expected there.</exception>
    public static ScenarioFile Parse(string name, string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        if (!lines[0].StartsWith("# ", StringComparison.Ordinal))
        {
            throw new FormatException($"{name}:1: the first line is the title: '# …'");
        }

        var told = new Told();
        var steps = ImmutableArray.CreateBuilder<ScenarioStep>();
        for (var i = 1; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            try
            {
                if (line.Length == 0 || line[0] == '#')
                {
                    continue;
                }

                if (line.StartsWith("=>", StringComparison.Ordinal))
                {
                    steps.Add(Arrow(name, i + 1, line[2..].Trim(), told.ToView(), null));
                }
                else if (line.StartsWith("->", StringComparison.Ordinal))
                {
                    var duty = told.ToDutyView();
                    steps.Add(Arrow(name, i + 1, line[2..].Trim(), duty.Member, duty));
                }
                else if (line.StartsWith("because ", StringComparison.Ordinal))
                {
                    steps[^1] = steps.Count > 0 && steps[^1].Because is null
                        ? steps[^1] with { Because = line["because ".Length..].Trim() }
                        : throw new FormatException("'because' follows an arrow, once");
                }
                else
                {
                    told.Say(line);
                }
            }
            catch (FormatException e)
            {
                throw new FormatException($"{name}:{i + 1}: {e.Message}", e);
            }
        }

        return steps.Count > 0 ? new ScenarioFile(name, lines[0][2..].Trim(), steps.ToImmutable()) : throw new FormatException($"{name}: no decision is expected anywhere");
    }

    private static ScenarioStep Arrow(string name, int number, string text, MemberView view, DutyView? duty)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            ? new ScenarioStep(name, number, view, duty, text[..colon].Trim(), text[(colon + 1)..].Trim(), null)
            : throw new FormatException($"an arrow is '=> RULE.id: action' or '-> DUTY.id: action', not '{text}'");
    }
}
