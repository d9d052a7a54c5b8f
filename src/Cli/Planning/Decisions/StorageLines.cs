using Holdfast.Cli.Terminals;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Decisions;

/// <summary>The figures of every layout beside each other.</summary>
internal static class StorageLines
{
    public static IEnumerable<string> Figures(DatabaseStorage storage, int width)
    {
        var table = new TextTable(
            2, new Column("LAYOUT", Shrinks: true), new Column("USABLE", Right: true), new Column("SPACE", Right: true),
            new Column("WORK", Right: true), new Column("FLUSH", Right: true), new Column("MOVES", Right: true), new Column("HEALED", Right: true));
        foreach (var (one, option) in DecisionWords.ThatExist(storage))
        {
            var read = one.BytesRead > 0 ? $" + {QuantityText.Digits(one.BytesRead)}" : "";
            string[] texts =
            [
                option.Name, QuantityText.Of(one.Usable), QuantityText.Digits(one.BytesOnDisks),
                $"{QuantityText.Digits(one.BytesWritten)}{read}", QuantityText.Of(one.Flush),
                QuantityText.Of(one.HostLoss), QuantityText.Of(one.HealsIn, "not"),
            ];
            table.Add([.. texts.Select(text => new Cell(text, option == storage.Decision.Chosen ? "bold" : option.CanBeHad ? "" : "dim"))]);
        }

        var legend = TextFlow.Hanging(
            "", "SPACE: bytes on disks for one of the store. WORK: bytes written, and read before, for one of a page. MOVES: over the network, "
                + "when a host is lost. HEALED: until all is as safe as before.", 2, 0, width);
        return [.. table.Render(width).Prepend(""), .. legend.Select(line => Terminal.Styled(line, "dim"))];
    }
}
