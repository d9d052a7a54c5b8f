using System.Globalization;
using Holdfast.Cli.Planning.Decisions;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Page;

/// <summary>The top of the page: the verdict, the money, and each store in a line.</summary>
internal static class Overview
{
    /// <summary>Where the store at this place has its section. Made of its number: a name may be anything.</summary>
    public static string Anchor(int at) => $"store-{(at + 1).ToString(CultureInfo.InvariantCulture)}";

    public static Element Draw(SystemPlan plan, string title)
    {
        var currency = plan.Facts.Currency;
        var missed = plan.Stores.Where(store => !store.IsMet).ToList();
        var header = new Element("header", new Element("h1", title), Verdict(plan, missed));
        if (missed.Count > 0)
        {
            var lines = missed.Select(store => new Element("li", new Element("strong", store.Store.Name), $": {Shortfalls(store)}"));
            header.Add(new Element("ul", lines).Of("misses"));
        }

        header.Add(new Element(
            "p",
            new Element("strong", $"{QuantityText.Of(plan.Spent, currency)} a year"), " for what was chosen, and ",
            new Element("strong", $"{QuantityText.Of(plan.Damage, currency)} a year"), " of damage to be expected with it."));
        header.Add(Stores(plan));
        if (!plan.Decisions.IsEmpty)
        {
            header.Add(Decisions(plan.Decisions));
        }

        header.Add(new Element(
            "p", FactPart.Counted(plan.Facts), " ",
            new Element("a", "All numbers with their sources").With("href", $"#{FactPart.Id}"), ".").Of("note"));
        return header;
    }

    private static Element Verdict(SystemPlan plan, List<StorePlan> missed)
    {
        var asked = plan.Stores.Sum(store => store.Store.Objectives.Count);
        var text = asked == 0 && missed.Count == 0 ? "no objective was declared, so none is missed"
            : missed.Count == 0 ? "every objective that was declared is met"
            : missed.Count == 1 ? $"1 of {plan.Stores.Length} stores does not have what is demanded"
            : $"{missed.Count} of {plan.Stores.Length} stores do not have what is demanded";
        return new Element("p", Words.Badge(missed.Count == 0), $" {text}.").Of("verdict");
    }

    private static string Shortfalls(StorePlan store) => string.Join(
        ". ", [.. store.Chosen.Missed.Select(Words.Shortfall), .. store.Chosen.Gates.Select(gate => $"the pattern cannot be had: {gate.What}")]);

    private static Element Decisions(PlanDecisions decisions)
    {
        var table = new Table("Decisions around the stores", new Heading("Question"), new Heading("Answer"));
        foreach (var (id, decision) in DecisionPart.All(decisions))
        {
            table.Add("", new Element("a", decision.Question).With("href", $"#{id}"), DecisionWords.Verdict(decision));
        }

        return table.Draw();
    }

    private static Element Stores(SystemPlan plan)
    {
        var table = new Table(
            "The stores, with what was chosen for each", new Heading("Store"), new Heading("Kind"), new Heading("Active site"),
            new Heading("Pattern"), new Heading("Verdict"), new Heading("Spent a year", IsNumber: true),
            new Heading("Damage a year", IsNumber: true));
        foreach (var (store, at) in plan.Stores.Select((store, at) => (store, at)))
        {
            var costs = store.Chosen.Costs;
            table.Add(
                "", new Element("a", store.Store.Name).With("href", $"#{Anchor(at)}"),
                $"{PatternWords.Of(store.Store.Class)} ({store.Setting.Traits.Engine})", store.Setting.Active.Name,
                PatternWords.Of(store.Chosen.Candidate), Words.Badge(store.IsMet),
                QuantityText.Of(costs.Spent, plan.Facts.Currency), QuantityText.Of(costs.Damage, plan.Facts.Currency));
        }

        return table.Draw();
    }
}
