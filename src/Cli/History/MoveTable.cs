using System.Globalization;
using Holdfast.Agent.Api.Sites;
using Holdfast.Cli.Sites;
using Holdfast.Cli.Status;
using Holdfast.Cli.Terminals;

namespace Holdfast.Cli.History;

/// <summary>Moves between sites as a table: a row each, under it what it came to, and on demand its steps and the operator's statement.</summary>
internal static class MoveTable
{
    public static IEnumerable<string> Render(IEnumerable<SiteMoveStatus> moves, bool steps, int width)
    {
        var table = new TextTable(
            0, new Column("WHEN (UTC)"), new Column("MOVE"), new Column("FROM → TO", Shrinks: true), new Column("STATE"),
            new Column("WRITE PAUSE", Right: true), new Column("ASKED FOR BY", Shrinks: true));
        foreach (var move in moves)
        {
            var pause = WritePause.Of(move, silentWhenAsked: null);
            var at = move.RequestedAt ?? move.Steps.Min(step => step.StartedAt);
            table.Add(
                new Cell(at is { } when ? Amounts.When(when) : "-"),
                new Cell(move.Kind, move.Kind == "failover" ? "yellow" : ""),
                new Cell($"{move.From} → {move.To}"),
                new Cell(move.State, move.State switch { "done" => "green", "failed" => "red", _ => "yellow" }),
                new Cell(pause is { } span ? $"{span.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture)} ms" : "-"),
                new Cell(move.RequestedBy));
            foreach (var line in Notes(move, steps).SelectMany(text => TextFlow.Hanging("", text, 4, 0, width)))
            {
                table.AddLine(Terminal.Styled(line, "dim"));
            }

            foreach (var line in steps ? move.Steps.SelectMany(step => StepLines.Of(step, width)) : [])
            {
                table.AddLine(line);
            }
        }

        return table.Render(width);
    }

    private static IEnumerable<string> Notes(SiteMoveStatus move, bool detailed)
    {
        if (move.Result is { } result)
        {
            yield return result;
        }

        if (detailed && move.AcceptDataLoss)
        {
            yield return "a loss above the RPO was accepted (--accept-data-loss)";
        }

        if (detailed && move.Fenced is { } fenced)
        {
            yield return $"fenced, by the operator's word: {fenced}";
        }

        if (detailed && move.StoppedLsn is { } lsn)
        {
            yield return $"the old primary's log ends at {lsn}";
        }
    }
}
