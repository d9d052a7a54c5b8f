using Holdfast.Cli.Planning.Page.Charts;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Measured;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Page;

/// <summary>The section of one store.</summary>
internal static class StorePart
{
    public static Element Draw(PlanFacts facts, StorePlan store, MeasuredStore? seen, string id)
    {
        var chosen = store.Chosen;
        var section = new Element(
            "section",
            new Element("h2", store.Store.Name, " ", new Element("small", $"{PatternWords.Of(store.Store.Class)} ({store.Setting.Traits.Engine})")),
            new Element("p", Words.Badge(store.IsMet), " ", new Element("strong", PatternWords.Of(chosen.Candidate)), ".").Of("verdict"),
            List(Facts(facts, store))).With("id", id);
        if (!store.Changes.IsEmpty)
        {
            section.Add(new Element("h3", "What would have to change"));
            section.Add(new Element("ul", store.Changes.Select(change => new Element("li", change))).Of("changes"));
        }

        section.Add(new Element("h3", "Failures"));
        section.Add(FailureTable.Draw(store, id));
        if (seen is not null && Promise.Of(store, seen).ToList() is { Count: > 0 } measured)
        {
            section.Add(new Element("h3", "Measured"));
            section.Add(new Element("ul", measured.Select(one => one.Promised is null
                ? new Element("li", one.Text)
                : new Element("li", Words.Badge(!one.IsBroken), " ", one.Text))));
        }

        section.Add(new Element("h3", "The ladder"));
        section.Add(LadderTable.Draw(facts, store));
        section.Add(new Element("h3", "The link"));
        section.Add(LinkPart.Draw(store));
        section.Add(new Element("h3", "In pictures"));
        section.Add(new Element(
            "div",
            CommitChart.Draw(store, $"{id}-commit"), RungLossChart.Draw(store, $"{id}-rungs"), LossChart.Draw(store, $"{id}-loss"),
            BacklogChart.Draw(store, $"{id}-backlog"), CostChart.Draw(facts, store, $"{id}-cost")).Of("charts"));
        return section;
    }

    /// <summary>Labels with what they stand for.</summary>
    public static Element List(IEnumerable<(string Label, string Text)> facts) =>
        new("dl", facts.Select(fact => new Element("div", new Element("dt", fact.Label), new Element("dd", fact.Text))));

    private static IEnumerable<(string Label, string Text)> Facts(PlanFacts facts, StorePlan store)
    {
        var chosen = store.Chosen;
        yield return ("Active site", store.Setting.Active.Name);
        yield return ("Commit", $"{QuantityText.Of(chosen.Commit)} of a budget of {QuantityText.Of(store.Store.CommitBudget.Value)}; "
            + $"{QuantityText.Digits(chosen.PerConnection)} commits a second on each connection");
        yield return ("Available", $"{QuantityText.Available(chosen.Available)}: {QuantityText.Of(Availability.DowntimeAYear(chosen.Available))} "
            + "a year down, to be expected");
        yield return ("A year", $"{QuantityText.Of(chosen.Costs.Spent, facts.Currency)}: {Parts(chosen.Costs)}");
        yield return ("Damage a year", $"{QuantityText.Of(chosen.Costs.Damage, facts.Currency)}, to be expected: how often each failure comes, "
            + "times what is lost and how long it takes, at "
            + $"{QuantityText.Of(store.Store.Damage.Value, facts.Currency)} an hour");
        if (!store.Store.Running.IsEmpty)
        {
            yield return ("Runs now", string.Join(", ", store.Store.Running.Select(site => $"{site.Value} at {site.Key}")));
        }
    }

    private static string Parts(Costs costs) => string.Join(", ",
        new (string Name, Money Amount)[]
        {
            ("hosts", costs.Hosts), ("disks", costs.Disks), ("repository", costs.Repository), ("traffic", costs.Traffic), ("line", costs.Line),
            ("drills", costs.Drills),
        }.Where(part => part.Amount > Money.Zero).Select(part => $"{part.Name} {QuantityText.Of(part.Amount, "").TrimStart()}"));
}
