using Holdfast.Cli.Terminals;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Decisions;

/// <summary>What the question how many clouds shows beside its scores.</summary>
internal static class CloudLines
{
    /// <summary>Each reason that was given, with what becomes of it.</summary>
    public static IEnumerable<string> Reasons(CloudFootprint footprint, int width) => footprint.Reasons.SelectMany(verdict => DecisionLines.Wrapped(
        "reason",
        [$"{(verdict.IsValid ? "valid" : "INVALID")}: '{CloudReasons.Words(verdict.Reason)}': {verdict.Why}"
            + (verdict.Instead is { } instead ? $"; instead: {instead}" : "")],
        verdict.IsValid ? "" : "yellow", width));

    /// <summary>What each shape makes of availability and money.</summary>
    public static IEnumerable<string> Figures(CloudFootprint footprint, string currency, int width)
    {
        var table = new TextTable(
            2, new Column("SHAPE", Shrinks: true), new Column("THE CLOUDS", Right: true), new Column("DOWN A YEAR", Right: true),
            new Column("WITH YOUR PART", Right: true), new Column("DOWN A YEAR", Right: true), new Column($"{currency} A MONTH", Right: true));
        foreach (var (figures, option) in footprint.Figures.Zip(footprint.Decision.Options))
        {
            string[] texts =
            [
                option.Name, QuantityText.Available(figures.Platform), QuantityText.Of(figures.PlatformDowntimeAYear),
                QuantityText.Available(figures.Whole), QuantityText.Of(figures.WholeDowntimeAYear), QuantityText.Of(figures.SpendAMonth, "").TrimStart(),
            ];
            table.Add([.. texts.Select(text => new Cell(text, option == footprint.Decision.Chosen ? "bold" : option.CanBeHad ? "" : "dim"))]);
        }

        return table.Render(width);
    }
}
