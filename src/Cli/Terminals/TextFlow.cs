namespace Holdfast.Cli.Terminals;

/// <summary>Breaks text into lines at blanks.</summary>
internal static class TextFlow
{
    /// <summary>Lines of at most <paramref name="width"/> columns; a single longer word stays whole. At least one line.</summary>
    public static List<string> Wrap(string text, int width)
    {
        var lines = new List<string>();
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                lines.Add(line);
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        lines.Add(line);
        return lines;
    }

    /// <summary>A label, then text in a column of its own: <c>label  text</c>, the text going on under itself.</summary>
    public static IEnumerable<string> Hanging(string label, string text, int indent, int labelWidth, int width)
    {
        var start = indent + labelWidth;
        var first = true;
        foreach (var line in Wrap(text, Math.Max(20, width - start)))
        {
            yield return (first ? $"{new string(' ', indent)}{label.PadRight(labelWidth)}" : new string(' ', start)) + line;
            first = false;
        }
    }
}
