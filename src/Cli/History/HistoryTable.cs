using System.Globalization;
using Holdfast.Agent.Api;
using Holdfast.Cli.Status;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Sites;

namespace Holdfast.Cli.History;

/// <summary>Changes of primary as a table: a row each, and under it the reason with its rule, and the milliseconds.</summary>
internal static class HistoryTable
{
    /// <param name="other">The store's other site, from which the group took over at the first epoch of an era; null: there is none.</param>
    public static IEnumerable<string> Render(IEnumerable<HistoryEntry> entries, string? other, int width)
    {
        var table = new TextTable(
            0, new Column("WHEN (UTC)"), new Column("EPOCH", Right: true), new Column("KIND"), new Column("FROM → TO", Shrinks: true),
            new Column("TIMELINE", Right: true), new Column("LSN", Right: true));
        foreach (var entry in entries.Select(entry => AsMove(entry, other)))
        {
            table.Add(
                new Cell(Amounts.When(entry.At)),
                new Cell(entry.Epoch.ToString(CultureInfo.InvariantCulture)),
                new Cell(entry.Kind, entry.Kind switch { "failover" => "yellow", "forced" => "red", _ => "" }),
                new Cell(entry.From is null ? entry.To : $"{entry.From} → {entry.To}"),
                new Cell(entry.Timeline?.ToString(CultureInfo.InvariantCulture) ?? "-"),
                new Cell(entry.ForkLsn ?? entry.PromisedLsn ?? "-"));
            foreach (var text in new[] { $"{entry.Reason} ({entry.Rule})".TrimStart(), Breakdown.Of(entry) }.Where(text => !string.IsNullOrEmpty(text)))
            {
                foreach (var line in TextFlow.Hanging("", text!, 4, 0, width))
                {
                    table.AddLine(Terminal.Styled(line, "dim"));
                }
            }
        }

        return table.Render(width);
    }

    private static HistoryEntry AsMove(HistoryEntry entry, string? other) =>
        other is null || !Eras.BeganByMove(entry.Epoch) ? entry : entry with
        {
            Kind = "site move",
            From = other,
            Reason = entry.From is null ? "its site became the active one: holdfast history --sites --steps" : entry.Reason,
        };
}
