using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Holdfast.Sites.EndToEnd.Runbook;

/// <summary>
/// The blocks of <c>docs/RUNBOOK.md</c>. A block to type is fenced as <c>sh</c>, with a comment above it that names the fixture:
/// <c>&lt;!-- run: fixture=site-lost exit=1 --&gt;</c>. A block fenced as <c>text</c> after it is what the operator then sees.
/// </summary>
internal sealed partial class RunbookPage
{
    private const string FilePath = "docs/RUNBOOK.md";

    private RunbookPage(ImmutableArray<RunbookBlock> blocks, ImmutableArray<string> problems) => (Blocks, Problems) = (blocks, problems);

    public ImmutableArray<RunbookBlock> Blocks { get; }

    /// <summary>What is wrong with the page itself.</summary>
    public ImmutableArray<string> Problems { get; }

    public static RunbookPage OfRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, FilePath)))
        {
            folder = folder.Parent;
        }

        return folder is not null
            ? Parse(File.ReadAllLines(Path.Combine(folder.FullName, FilePath)))
            : throw new FileNotFoundException($"{FilePath} is in no folder above {AppContext.BaseDirectory}");
    }

    public static RunbookPage Parse(IReadOnlyList<string> lines)
    {
        var blocks = ImmutableArray.CreateBuilder<RunbookBlock>();
        var problems = ImmutableArray.CreateBuilder<string>();
        var situation = "";
        var (fence, begun) = ("", 0);
        Match? run = null;
        var isFollowed = false; // nothing but prose has come since the last block to type
        for (var at = 0; at < lines.Count; at++)
        {
            var line = lines[at];
            if (fence.Length > 0)
            {
                if (line.TrimEnd() == "```")
                {
                    End(at);
                    (fence, run) = ("", null);
                }
            }
            else if (line.StartsWith("```", StringComparison.Ordinal))
            {
                (fence, begun) = (line[3..].Trim() is { Length: > 0 } name ? name : "?", at);
            }
            else if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                (situation, isFollowed) = (line[3..].Trim(), false);
            }
            else if (line.StartsWith("<!-- run:", StringComparison.Ordinal))
            {
                run = RunComment().Match(line);
                if (!run.Success)
                {
                    problems.Add($"{FilePath}:{at + 1}: not of the form '<!-- run: fixture=NAME exit=N -->': {line}");
                }
            }
        }

        if (fence.Length > 0)
        {
            problems.Add($"{FilePath}:{begun + 1}: the block does not end");
        }

        problems.AddRange(DeadAnchors(lines));
        return new RunbookPage(blocks.ToImmutable(), problems.ToImmutable());

        void End(int at)
        {
            var body = lines.Skip(begun + 1).Take(at - begun - 1).ToImmutableArray();
            if (fence == "sh" && run is { Success: true })
            {
                blocks.Add(new RunbookBlock(
                    situation, begun + 1, run.Groups["fixture"].Value,
                    run.Groups["exit"].Success ? int.Parse(run.Groups["exit"].Value, CultureInfo.InvariantCulture) : 0,
                    body.Select(line => OnHost().Match(line)).FirstOrDefault() is { Success: true } host ? host.Groups["host"].Value : null,
                    string.Join('\n', body), []));
                isFollowed = true;
            }
            else if (fence == "sh")
            {
                problems.Add($"{FilePath}:{begun + 1}: no comment '<!-- run: fixture=NAME -->' stands above this block: {body.FirstOrDefault()}");
            }
            else if (fence == "text" && isFollowed)
            {
                blocks[^1] = blocks[^1] with { Expected = [.. blocks[^1].Expected, .. body.Where(line => line.Trim().Length > 0)] };
            }
            else if (fence == "text")
            {
                problems.Add($"{FilePath}:{begun + 1}: output is shown, but nothing under this heading was typed before it");
            }
            else
            {
                problems.Add($"{FilePath}:{begun + 1}: a block is 'sh' (it is run) or 'text' (it is checked), not '{fence}'");
            }
        }
    }

    /// <summary>Links within the page to headings that it does not have.</summary>
    private static IEnumerable<string> DeadAnchors(IReadOnlyList<string> lines)
    {
        var headings = lines.Where(line => line.StartsWith('#'))
            .Select(line => string.Concat(line.TrimStart('#').Trim().ToLowerInvariant()
                .Where(letter => char.IsLetterOrDigit(letter) || letter is ' ' or '-')).Replace(' ', '-'))
            .ToHashSet(StringComparer.Ordinal);
        return lines.SelectMany(
            (line, at) => Anchor().Matches(line).Select(match => match.Groups["to"].Value).Where(to => !headings.Contains(to))
                .Select(to => $"{FilePath}:{at + 1}: there is no heading #{to}"));
    }

    [GeneratedRegex(@"\]\(#(?<to>[^)]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Anchor();

    [GeneratedRegex("^<!-- run: fixture=(?<fixture>[a-z0-9-]+)( exit=(?<exit>[0-9]+))? -->$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RunComment();

    [GeneratedRegex("^# on (?<host>[a-z0-9-]+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OnHost();
}
