using System.Text;

namespace Holdfast.Sites.EndToEnd.Outcomes;

/// <summary>The table in <c>docs/OPERATIONS.md</c>, between its markers.</summary>
internal static class OutcomeDocument
{
    public const string Begin = "<!-- outcomes: written by HOLDFAST_WRITE=1 HOLDFAST_OUTCOMES=all ./test --only sites -->";
    public const string End = "<!-- end of outcomes -->";
    /// <summary>In place of an outcome that has never been seen.</summary>
    public const string NotRun = "not run";
    private const string FilePath = "docs/OPERATIONS.md";
    private static readonly Lock Writing = new();

    public static bool Writes => Environment.GetEnvironmentVariable("HOLDFAST_WRITE") == "1";

    /// <summary>The table in Markdown.</summary>
    public static string Table(Func<Cell, string> text)
    {
        var table = new StringBuilder();
        table.Append("| links cut | ").AppendJoin(" | ", Column.All.Select(column => column.Title)).AppendLine(" |");
        table.Append("|---|").AppendJoin("", Column.All.Select(_ => "---|")).AppendLine();
        foreach (var cut in CutCase.All)
        {
            table.Append("| ").Append(cut.Name).Append(" | ")
                .AppendJoin(" | ", Column.All.Select(column => text(new Cell(cut, column)))).AppendLine(" |");
        }

        return table.ToString();
    }

    /// <summary>What the document says of a cell; null: it has no such cell.</summary>
    public static string? Written(Cell cell) => Written(Page(), cell);

    /// <summary>Puts outcomes into the document; what it says of other cells stays.</summary>
    public static void Write(IReadOnlyDictionary<Cell, Outcome> outcomes)
    {
        lock (Writing)
        {
            var page = Page();
            var table = Table(cell => outcomes.TryGetValue(cell, out var outcome) ? outcome.Text : Written(page, cell) ?? NotRun);
            File.WriteAllText(PagePath, page.Replace($"{Begin}{Part(page)}{End}", $"{Begin}\n\n{table}\n{End}", StringComparison.Ordinal));
        }
    }

    private static string? Written(string page, Cell cell)
    {
        var rows = Part(page).Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Select(line => line.Trim('|', ' ').Split(" | ")).ToList();
        var column = rows is [var head, ..] ? Array.IndexOf(head, cell.Column.Title) : -1;
        var row = rows.Find(fields => fields[0] == cell.Case.Name);
        return row is null || column < 0 || row.Length <= column ? null : row[column];
    }

    private static string Part(string page)
    {
        var (begin, end) = (page.IndexOf(Begin, StringComparison.Ordinal), page.IndexOf(End, StringComparison.Ordinal));
        return begin > 0 && end > begin
            ? page[(begin + Begin.Length)..end]
            : throw new InvalidOperationException($"{FilePath} lacks the lines between which the outcomes belong: '{Begin}' and '{End}'");
    }

    private static string Page() => File.ReadAllText(PagePath);

    private static string PagePath
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, FilePath)))
            {
                folder = folder.Parent;
            }

            return Path.Combine(folder?.FullName ?? throw new FileNotFoundException($"{FilePath} is in no folder above {AppContext.BaseDirectory}"), FilePath);
        }
    }
}
