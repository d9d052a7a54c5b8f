using System.Text.RegularExpressions;

namespace Holdfast.Tidy.Tests;

/// <summary>Rules on the text of sources. Each yields one line per offence, with the file, the line and what to do.</summary>
internal static class SourceRules
{
    public const int LongestFile = 400;
    public const int WidestLine = 160;

    private static readonly string[] ForbiddenFolders = ["Helpers", "Helper", "Utils", "Utilities", "Services", "Models", "Common", "Misc"];

    private static readonly (Regex Pattern, string Remedy)[] ForbiddenText =
    [
        (new Regex(@"\b(?:TODO|FIXME|HACK|XXX)\b"), "do it, or open an issue"),
        (new Regex(@"\bNotImplementedException\b"), "implement it"),
        (new Regex(@"\bThread\.Sleep\b"), "wait for a condition, with a deadline"),
        (new Regex(@"\bcatch\s*(\([^)]*\)\s*)?(when\s*\([^{]*\)\s*)?\{\s*\}", RegexOptions.Singleline | RegexOptions.ExplicitCapture),
        "handle the exception, or let it through"),
    ];

    public static IEnumerable<string> TooLong(SourceFile file)
    {
        var lines = file.Text.TrimEnd('\n').Count(letter => letter == '\n') + 1;
        if (lines > LongestFile)
        {
            yield return $"{file.Path}: {lines} lines; split it into subjects of at most {LongestFile}";
        }
    }

    public static IEnumerable<string> TooWide(SourceFile file) =>
        file.Lines
            .Select((line, index) => (line, index))
            .Where(pair => pair.line.Length > WidestLine)
            .Select(pair => $"{file.Path}:{pair.index + 1}: {pair.line.Length} columns; break it at {WidestLine} or before");

    public static IEnumerable<string> Forbidden(SourceFile file) =>
        from rule in ForbiddenText
        from match in rule.Pattern.Matches(file.Text)
        select $"{file.Path}:{LineOf(file.Text, match.Index)}: {match.Value.Split('\n')[0]}; {rule.Remedy}";

    /// <summary>Places that do one thing or another by the name of a store's kind. One folder has the registry of kinds; elsewhere it is asked.</summary>
    public static IEnumerable<string> AsksForKind(SourceFile file) =>
        file.Lines
            .Select((line, index) => (line, index))
            .Where(pair => Regex.IsMatch(
                pair.line, @"(==|!=|\bis(\s+not)?|\bor)\s*""(postgresql|redis|valkey)""|""(postgresql|redis|valkey)""\s*(=>|==|!=|or\b)|\bstore\.Kind\s+switch\b",
                RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture))
            .Select(pair => $"{file.Path}:{pair.index + 1}: asks for the kind of a store by its name; let EngineKinds say what differs");

    public static IEnumerable<string> BadFolder(string folder) =>
        folder.Split('/').Intersect(ForbiddenFolders).Select(name => $"{folder}: '{name}' says nothing; name the concept");

    /// <summary>
    /// Links in Markdown to local files that do not exist. <paramref name="exists"/> is asked with the path from the root.
    /// </summary>
    public static IEnumerable<string> DeadLinks(SourceFile file, Func<string, bool> exists)
    {
        // What stands between ``` or ` is an example, not a link.
        var prose = Regex.Replace(file.Text, "```.*?```|`[^`\n]*`", match => new string('\n', match.Value.Count(letter => letter == '\n')),
            RegexOptions.Singleline);
        const string Link = @"\]\(\s*<?(?<target>[^)\s>]+)>?(\s+""[^""]*"")?\s*\)|^\[[^\]]+\]:\s*(?<target>\S+)";
        foreach (Match match in Regex.Matches(prose, Link, RegexOptions.Multiline | RegexOptions.ExplicitCapture))
        {
            var target = match.Groups["target"].Value;
            if (target.StartsWith('#') || Regex.IsMatch(target, "^[a-z][a-z0-9+.-]*:"))
            {
                continue;
            }

            var local = Uri.UnescapeDataString(target.Split('#', '?')[0]);
            var path = local.StartsWith('/') ? local[1..] : Path.Join(Path.GetDirectoryName(file.Path), local);
            if (!exists(path))
            {
                yield return $"{file.Path}:{LineOf(prose, match.Index)}: there is no {target}";
            }
        }
    }

    private static int LineOf(string text, int index) => text.AsSpan(0, index).Count('\n') + 1;
}
