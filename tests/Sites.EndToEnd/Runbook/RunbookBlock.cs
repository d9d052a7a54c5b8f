using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Holdfast.Sites.EndToEnd.Runbook;

/// <summary>What the runbook tells an operator to type, and what it says that comes of it.</summary>
/// <param name="Situation">The heading that it stands under.</param>
/// <param name="Line">Of the page, for messages.</param>
/// <param name="Fixture">The state of the world in which it is typed.</param>
/// <param name="Exit">The status that it ends with.</param>
/// <param name="Host">The host on which it is typed, as its first line says: <c># on fra-1</c>; null: wherever the operator sits.</param>
/// <param name="Expected">Lines that the page shows as its output, in this order; <c>…</c> stands for anything.</param>
internal sealed record RunbookBlock(
    string Situation, int Line, string Fixture, int Exit, string? Host, string Script, ImmutableArray<string> Expected)
{
    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(5);

    /// <summary>The first of the lines that the page shows and the output lacks; null: all are there, in order.</summary>
    public string? Missing(string output)
    {
        // The screen breaks lines where they happen to be too long; where it does is no part of what is promised.
        var text = Squeezed(output);
        var at = 0;
        foreach (var line in Expected)
        {
            var pattern = string.Join(".*?", Squeezed(line).Split('…').Select(Regex.Escape));
            var match = new Regex(pattern, RegexOptions.CultureInvariant, MatchLimit).Match(text, at);
            if (!match.Success)
            {
                return line;
            }

            at = match.Index + match.Length;
        }

        return null;
    }

    public override string ToString() => $"RUNBOOK.md:{Line} ({Situation})";

    private static string Squeezed(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
