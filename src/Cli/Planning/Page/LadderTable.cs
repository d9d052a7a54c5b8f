using System.Globalization;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Page;

/// <summary>The best of each rung beside each other, with the reason why it was chosen or not. Its numbers are those of the cost chart.</summary>
internal static class LadderTable
{
    public static Element Draw(PlanFacts facts, StorePlan store)
    {
        var table = new Table(
            "The best that each rung of the ladder has to give", new Heading("Rung"),
            new Heading("Commit", IsNumber: true),
            new Heading("Site RPO", IsNumber: true), new Heading("Site RTO", IsNumber: true), new Heading("Down a year", IsNumber: true),
            new Heading("Spent a year", IsNumber: true), new Heading("Damage a year", IsNumber: true), new Heading("Chosen, or why not"));
        foreach (var (rung, at) in store.Ladder.Select((rung, at) => (rung, at)))
        {
            var site = rung.After(FailureKind.Site);
            table.Add(
                rung == store.Chosen ? "chosen" : rung.CanBeHad ? "" : "closed", $"{Number(at)}. {PatternWords.Of(rung.Candidate)}",
                QuantityText.Of(rung.Commit), Words.Rpo(site), Words.Rto(site), QuantityText.Of(Availability.DowntimeAYear(rung.Available)),
                QuantityText.Of(rung.Costs.Spent, facts.Currency), QuantityText.Of(rung.Costs.Damage, facts.Currency), Reasons(facts, store, rung));
        }

        return table.Draw();
    }

    /// <summary>What a rung is called in charts.</summary>
    public static string Number(int at) => (at + 1).ToString(CultureInfo.InvariantCulture);

    private static Element Reasons(PlanFacts facts, StorePlan store, Assessment rung)
    {
        var list = new Element("ul").Of("reasons");
        if (rung == store.Chosen)
        {
            list.Add(new Element("li", new Element("strong", Why(store))));
        }
        else if (rung.MeetsAll)
        {
            var more = rung.Costs.Total.Amount - store.Chosen.Costs.Total.Amount;
            list.Add(new Element("li", more > 0
                ? $"meets all, for {QuantityText.Of(new Money(more), facts.Currency)} a year more, damage and all"
                : "meets all, at the same cost; the chosen one stands higher"));
        }

        foreach (var reason in Words.Against(rung))
        {
            list.Add(new Element("li", reason));
        }

        return list;
    }

    private static string Why(StorePlan store) => store.Chosen switch
    {
        { MeetsAll: true } => "chosen: the least money of those that meet all, with the damage to be expected",
        { CanBeHad: true } => "chosen: none that can be had misses less",
        _ => "nearest: no pattern can be had as things are",
    };
}
