using System.Globalization;
using Holdfast.Cli.Planning.Decisions;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Page;

/// <summary>The decisions around a plan, a section each.</summary>
internal static class DecisionPart
{
    /// <summary>Where each decision has its section, with its question and its answer. In the order of the sections.</summary>
    public static IEnumerable<(string Id, ScoredDecision Decision)> All(PlanDecisions decisions) =>
    [
        .. decisions.Kubernetes is { } backup ? new[] { ("kubernetes-backup", backup.Decision) } : [],
        .. decisions.Cloud is { } footprint ? new[] { ("clouds", footprint.Decision) } : [],
        .. decisions.Storage.Select((storage, at) => (StorageId(at), storage.Decision)),
    ];

    public static IEnumerable<Element> Draw(PlanDecisions decisions, string currency) =>
    [
        .. decisions.Kubernetes is { } backup ? new[] { Section("kubernetes-backup", backup.Decision, Inventory(backup)) } : [],
        .. decisions.Cloud is { } footprint ? new[] { Section("clouds", footprint.Decision, Cloud(footprint, currency)) } : [],
        .. decisions.Storage.Select((storage, at) => Section(StorageId(at), storage.Decision, StorageDetails.Draw(storage))),
    ];

    private static string StorageId(int at) => $"storage-{(at + 1).ToString(CultureInfo.InvariantCulture)}";

    private static Element Section(string id, ScoredDecision decision, IEnumerable<Node> details)
    {
        var section = new Element("section", new Element("h2", decision.Question)).With("id", id);
        section.Add(new Element(
            "p", Answer(decision), " ", new Element("strong", DecisionWords.Verdict(decision)), $": {decision.Nearest.What}.").Of("verdict"));
        if (!decision.Nearest.CanBeHad)
        {
            section.Add(new Element("ul", decision.Nearest.Gates.Select(gate => new Element("li", DecisionWords.RuledOut(gate)))).Of("misses"));
        }

        foreach (var detail in details)
        {
            section.Add(detail);
        }

        section.Add(new Element("h3", "Why"));
        section.Add(Criteria(decision));
        section.Add(new Element("p", $"What would change it: {DecisionWords.Change(decision)}."));
        section.Add(new Element("h3", "All options"));
        section.Add(Options(decision));
        return section;
    }

    private static Element Answer(ScoredDecision decision) => decision.Chosen is { } chosen
        ? new Element("span", DecisionWords.Total(decision, chosen)).Of("badge good")
        : new Element("span", "✗ NONE").Of("badge bad");

    private static Element Criteria(ScoredDecision decision)
    {
        var table = new Table(
            $"What it is judged by, and how '{decision.Nearest.Name}' does", new Heading("Criterion"), new Heading("Weight", IsNumber: true),
            new Heading("Score", IsNumber: true), new Heading("Asks"), new Heading("Because"));
        foreach (var (criterion, score) in decision.Criteria.Zip(decision.Nearest.Scores))
        {
            table.Add("", criterion.Name, DecisionWords.Weight(criterion), Points(score), criterion.Asks, score.Why);
        }

        return table.Draw();
    }

    private static Element Options(ScoredDecision decision)
    {
        var table = new Table(
            "Scores from 0 to 5; the total is their weighted sum",
            [
                new Heading("Option"), new Heading("Total", IsNumber: true),
                .. decision.Criteria.Select(criterion => new Heading(criterion.Name, IsNumber: true)), new Heading("Chosen, or why it cannot be had"),
            ]);
        foreach (var option in decision.Ranking)
        {
            var chosen = option == decision.Chosen;
            var reasons = new Element("ul", option.Gates.Select(gate => new Element("li", $"{gate.What}; would need: {gate.Change}"))).Of("reasons");
            if (option.CanBeHad)
            {
                reasons.Add(new Element("li", chosen ? new Element("strong", "chosen") : "can be had"));
            }

            table.Add(
                chosen ? "chosen" : option.CanBeHad ? "" : "closed",
                [option.Name, QuantityText.Digits(decision.Total(option)), .. option.Scores.Select(score => (Node)Points(score)), reasons]);
        }

        return table.Draw().Of("scores");
    }

    private static IEnumerable<Node> Inventory(KubernetesBackup backup)
    {
        var table = new Table(
            "What must be there for a cluster to live again", new Heading("What"), new Heading("State"), new Heading("By, or what it means"),
            new Heading("To do"));
        foreach (var item in backup.Inventory)
        {
            table.Add(
                item.State switch { InventoryState.NotCovered => "missed", InventoryState.NotNeeded => "closed", _ => "" },
                item.What, State(item), item.By, item.Remedy ?? "–");
        }

        return [new Element("p", $"{DecisionWords.Counted(backup)}."), table.Draw()];
    }

    private static Element State(InventoryItem item) => new Element("span", DecisionWords.State(item)).Of(
        item.State switch { InventoryState.NotCovered => "badge bad", InventoryState.Covered => "badge good", _ => "badge" });

    private static IEnumerable<Node> Cloud(CloudFootprint footprint, string currency)
    {
        if (!footprint.Conditions.IsEmpty)
        {
            yield return new Element("ul", footprint.Conditions.Select(condition => new Element("li", condition))).Of("changes");
        }

        var table = new Table(
            "What each shape makes of availability and money", new Heading("Shape"), new Heading("The clouds", IsNumber: true),
            new Heading("Down a year", IsNumber: true), new Heading("With your own part", IsNumber: true), new Heading("Down a year", IsNumber: true),
            new Heading($"{currency} a month", IsNumber: true));
        foreach (var (figures, option) in footprint.Figures.Zip(footprint.Decision.Options))
        {
            table.Add(
                option == footprint.Decision.Chosen ? "chosen" : option.CanBeHad ? "" : "closed", option.Name,
                QuantityText.Available(figures.Platform), QuantityText.Of(figures.PlatformDowntimeAYear), QuantityText.Available(figures.Whole),
                QuantityText.Of(figures.WholeDowntimeAYear), QuantityText.Of(figures.SpendAMonth, "").TrimStart());
        }

        yield return table.Draw();
        if (!footprint.Reasons.IsEmpty)
        {
            yield return Reasons(footprint);
        }
    }

    private static Element Reasons(CloudFootprint footprint)
    {
        var table = new Table(
            "Reasons that were given for several clouds", new Heading("Reason"), new Heading("Holds"), new Heading("Why"), new Heading("Instead"));
        foreach (var verdict in footprint.Reasons)
        {
            table.Add(
                verdict.IsValid ? "" : "missed", CloudReasons.Words(verdict.Reason),
                new Element("span", verdict.IsValid ? "✓ valid" : "✗ INVALID").Of(verdict.IsValid ? "badge good" : "badge bad"),
                verdict.Why, verdict.Instead ?? "–");
        }

        return table.Draw();
    }

    private static string Points(Score score) => score.Points.ToString(CultureInfo.InvariantCulture);
}
