using System.Globalization;
using Holdfast.Agent.Api.Sites;
using Holdfast.Cli.Terminals;

namespace Holdfast.Cli.Sites;

/// <summary>A step of a move in one line: its name, its state, how long it took, and what came of it.</summary>
internal static class StepLines
{
    /// <returns>Lines of markup; more than one only when the detail does not fit.</returns>
    public static IEnumerable<string> Of(SiteStepStatus step, int width)
    {
        var took = step.TookMs is { } milliseconds ? $"{milliseconds.ToString(CultureInfo.InvariantCulture)} ms" : "-";
        var label = $"{step.Step,-14}{step.State,-8}{took,10}  ";
        var style = step.State switch { "failed" => "red", "running" => "yellow", _ => "" };
        return TextFlow.Hanging(label, step.Detail ?? "", 2, label.Length, width).Select(line => Terminal.Styled(line.TrimEnd(), style));
    }
}
