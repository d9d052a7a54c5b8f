using System.Globalization;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Decisions;

/// <summary>What every decision shows on the terminal.</summary>
internal static class DecisionLines
{
    private const int Indent = 2;
    private const int Label = 9;

    /// <summary>The question and the answer.</summary>
    public static IEnumerable<string> Verdict(ScoredDecision decision, int width)
    {
        var left = $"{decision.Question}  {DecisionWords.Verdict(decision)}";
        var right = decision.Chosen is { } chosen ? DecisionWords.Total(decision, chosen) : "NONE";
        var lines = TextFlow.Wrap(left, width - right.Length - 2);
        foreach (var (line, at) in lines.Select((line, at) => (line, at)))
        {
            var gap = new string(' ', Math.Max(2, width - line.Length - right.Length));
            yield return Terminal.Styled(line, "bold")
                + (at > 0 ? "" : gap + Terminal.Styled(right, decision.Chosen is null ? "bold red" : "green"));
        }

        foreach (var line in Wrapped("", [$"{decision.Nearest.What}"], "", width))
        {
            yield return line;
        }

        foreach (var line in Wrapped("", decision.Nearest.Gates.Select(DecisionWords.RuledOut), "yellow", width))
        {
            yield return line;
        }
    }

    /// <summary>The criteria with their weights, and how the chosen option does by each; letters name them in the table of all options.</summary>
    public static IEnumerable<string> Reasons(ScoredDecision decision, int width)
    {
        var names = decision.Criteria.Max(criterion => criterion.Name.Length);
        // Letter, name, weight, score, and two blanks after each.
        var start = Indent + 1 + 2 + names + 2 + "WEIGHT".Length + 2 + "SCORE".Length + 2;
        var head = $"{new string(' ', Indent + 3)}{"CRITERION".PadRight(names)}  WEIGHT  SCORE  WHY";
        yield return Terminal.Styled(head, "dim");
        foreach (var (criterion, at) in decision.Criteria.Select((criterion, at) => (criterion, at)))
        {
            var score = decision.Nearest.Scores[at];
            var left = $"{new string(' ', Indent)}{Letter(at)}  {criterion.Name.PadRight(names)}  {DecisionWords.Weight(criterion),6}  {score.Points,5}  ";
            foreach (var (line, number) in TextFlow.Wrap(score.Why, Math.Max(20, width - start)).Select((line, number) => (line, number)))
            {
                yield return Terminal.Safe((number == 0 ? left : new string(' ', start)) + line);
            }
        }
    }

    /// <summary>What comes second, and what would have to weigh otherwise for another to come first.</summary>
    public static IEnumerable<string> Change(ScoredDecision decision, int width)
    {
        string[] second = DecisionWords.Second(decision) is { } next ? [$"{next.Name}, {DecisionWords.Total(decision, next)}"] : [];
        return [.. Wrapped("second", second, "", width), .. Wrapped("turns", [DecisionWords.Change(decision)], "", width)];
    }

    /// <summary>All options with their scores by each criterion, the best first, and why those that are ruled out are.</summary>
    public static IEnumerable<string> Options(ScoredDecision decision, int width)
    {
        var table = new TextTable(
            Indent,
            [
                new Column(""), new Column("OPTION", Shrinks: true), new Column("TOTAL", Right: true),
                .. decision.Criteria.Select((_, at) => new Column(Letter(at), Right: true)),
            ]);
        foreach (var option in decision.Ranking)
        {
            var chosen = option == decision.Chosen;
            var style = chosen ? "bold" : option.CanBeHad ? "" : "dim";
            string[] texts =
            [
                chosen ? "→" : "", option.Name, QuantityText.Digits(decision.Total(option)),
                .. option.Scores.Select(score => score.Points.ToString(CultureInfo.InvariantCulture)),
            ];
            table.Add([.. texts.Select(text => new Cell(text, style))]);
            foreach (var line in option.Gates.SelectMany(gate => TextFlow.Hanging("", $"cannot be had: {gate.What}", Indent + 3, 0, width)))
            {
                table.AddLine(Terminal.Styled(line, "dim"));
            }
        }

        return table.Render(width).Prepend("");
    }

    /// <summary>Each text under the label, in a column of its own.</summary>
    public static IEnumerable<string> Wrapped(string label, IEnumerable<string> texts, string style, int width) =>
        texts.SelectMany(text => TextFlow.Hanging(label, text, Indent, label.Length == 0 ? 0 : Math.Max(Label, label.Length + 2), width))
            .Select(line => Terminal.Styled(line, style));

    private static string Letter(int at) => ((char)('A' + at)).ToString();
}
