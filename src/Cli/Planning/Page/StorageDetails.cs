using Holdfast.Cli.Planning.Decisions;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Page;

/// <summary>What the layouts of one store come to.</summary>
internal static class StorageDetails
{
    public static IEnumerable<Node> Draw(DatabaseStorage storage)
    {
        yield return StorePart.List(DecisionWords.Layout(storage).Select(figure => (Capital(figure.Label), figure.Text)));
        if (!storage.Notes.IsEmpty)
        {
            yield return new Element("ul", storage.Notes.Select(note => new Element("li", note))).Of("changes");
        }

        yield return Figures(storage);
    }

    private static Element Figures(DatabaseStorage storage)
    {
        var table = new Table(
            "What each layout comes to", new Heading("Layout"), new Heading("Usable", IsNumber: true), new Heading("On disks for a byte", IsNumber: true),
            new Heading("Written for a byte", IsNumber: true), new Heading("Read for a byte", IsNumber: true), new Heading("Flush", IsNumber: true),
            new Heading("A lost host moves", IsNumber: true), new Heading("Healed in", IsNumber: true));
        foreach (var (one, option) in DecisionWords.ThatExist(storage))
        {
            table.Add(
                option == storage.Decision.Chosen ? "chosen" : option.CanBeHad ? "" : "closed", option.Name, QuantityText.Of(one.Usable),
                QuantityText.Digits(one.BytesOnDisks), QuantityText.Digits(one.BytesWritten), QuantityText.Digits(one.BytesRead),
                QuantityText.Of(one.Flush), QuantityText.Of(one.HostLoss), QuantityText.Of(one.HealsIn, "not by itself"));
        }

        return table.Draw();
    }

    private static string Capital(string label) => $"{char.ToUpperInvariant(label[0])}{label[1..]}";
}
