using Holdfast.Cli.Planning.Decisions;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Measured;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning;

/// <summary>A plan on the terminal: the verdict, then each store.</summary>
internal static class PlanScreen
{
    private const int Indent = 2;
    private const int Label = 9;

    /// <returns>Lines of markup, each at most <paramref name="width"/> columns.</returns>
    public static IEnumerable<string> Render(SystemPlan plan, bool compare, int width)
    {
        foreach (var line in Head(plan, width))
        {
            yield return line;
        }

        foreach (var store in plan.Stores)
        {
            yield return "";
            foreach (var line in Store(plan, store, compare, width))
            {
                yield return line;
            }
        }

        foreach (var line in DecisionScreen.Render(plan.Decisions, plan.Facts.Currency, compare, width))
        {
            yield return line;
        }

        yield return "";
        foreach (var line in TextFlow.Wrap(Sources(plan), width))
        {
            yield return Terminal.Styled(line, "dim");
        }
    }

    /// <summary>Why a check fails: a line for each store that misses something, or has fewer members than its plan.</summary>
    public static IEnumerable<string> Failing(SystemPlan plan)
    {
        foreach (var store in plan.Stores)
        {
            if (!store.IsMet)
            {
                var missed = store.Chosen.Missed.Select(outcome => PatternWords.Of(outcome.Failure)).ToList();
                yield return missed.Count > 0
                    ? $"{store.Store.Name}: MISSED: {string.Join(", ", missed)}"
                    : $"{store.Store.Name}: MISSED: {string.Join("; ", store.Chosen.Gates.Select(gate => gate.What))}";
            }

            if (store.Lacks is { } lacks)
            {
                yield return $"{store.Store.Name}: {lacks}";
            }
        }
    }

    private static IEnumerable<string> Head(SystemPlan plan, int width)
    {
        var missed = plan.Stores.Where(store => !store.IsMet).ToList();
        var verdict = missed.Count == 0
            ? "MET: every objective that was declared is met"
            : $"MISSED: {string.Join(", ", missed.Select(store => store.Store.Name))} {(missed.Count == 1 ? "misses" : "miss")} an objective";
        foreach (var line in TextFlow.Wrap($"{plan.Facts.System}: {verdict}", width))
        {
            yield return Terminal.Styled(line, missed.Count == 0 ? "bold green" : "bold red");
        }

        yield return Terminal.Safe(
            $"{QuantityText.Of(plan.Spent, plan.Facts.Currency)} a year, and {QuantityText.Of(plan.Damage, plan.Facts.Currency)} "
            + "of damage a year to be expected");
    }

    private static IEnumerable<string> Store(SystemPlan plan, StorePlan store, bool compare, int width)
    {
        var chosen = store.Chosen;
        var left = $"{store.Store.Name}  {PatternWords.Of(chosen.Candidate)}";
        var right = store.IsMet ? "MET" : "MISSED";
        yield return Terminal.Styled(left, "bold") + new string(' ', Math.Max(2, width - left.Length - right.Length))
            + Terminal.Styled(right, store.IsMet ? "green" : "bold red");
        foreach (var line in Failures(chosen).Render(width))
        {
            yield return line;
        }

        foreach (var line in Facts(plan.Facts, store).SelectMany(fact => TextFlow.Hanging(fact.Label, fact.Text, Indent, Label, width)))
        {
            yield return Terminal.Safe(line);
        }

        foreach (var line in store.Lacks is { } lacks ? TextFlow.Hanging("NOW", lacks, Indent, Label, width) : [])
        {
            yield return Terminal.Styled(line, "bold red");
        }

        foreach (var promise in plan.Seen?.Of(store.Store.Name) is { } seen ? Promise.Of(store, seen) : [])
        {
            foreach (var line in TextFlow.Hanging("measured", promise.IsBroken ? $"{promise.Text}: MORE THAN THAT" : promise.Text, Indent, Label, width))
            {
                yield return Terminal.Styled(line, promise.IsBroken ? "bold red" : "");
            }
        }

        foreach (var line in store.Changes.SelectMany(change => TextFlow.Hanging("change", change, Indent, Label, width)))
        {
            yield return Terminal.Styled(line, "yellow");
        }

        if (compare)
        {
            yield return "";
            foreach (var line in CompareTable.Render(plan.Facts, store, width))
            {
                yield return line;
            }
        }
    }

    private static TextTable Failures(Assessment chosen)
    {
        var table = new TextTable(
            Indent, new Column("FAILURE"), new Column("RPO", Right: true), new Column("ASKED", Right: true), new Column("RTO", Right: true),
            new Column("ASKED", Right: true), new Column(""), new Column("OF WHICH", Shrinks: true));
        foreach (var outcome in chosen.Outcomes)
        {
            var (word, style) = outcome.Verdict switch
            {
                Verdict.Met => ("met", "green"),
                Verdict.Missed => ("MISSED", "bold red"),
                _ => ("", ""),
            };
            table.Add(
                new Cell(PatternWords.Of(outcome.Failure)), new Cell(QuantityText.Beside(outcome.Rpo, outcome.Objective?.Rpo, "all")),
                new Cell(Asked(outcome.Objective?.Rpo)), new Cell(QuantityText.Beside(outcome.Rto, outcome.Objective?.Rto, "never")),
                new Cell(Asked(outcome.Objective?.Rto)), new Cell(word, style), new Cell(Parts(outcome)));
        }

        return table;
    }

    private static string Asked(TimeSpan? objective) => objective is { } asked ? QuantityText.Of(asked) : "";

    private static string Parts(Outcome outcome) => outcome.Recovery is not { } recovery
        ? outcome.LossWhy
        : recovery.Parts.IsEmpty
            ? "goes on"
            : string.Join(", ", Weighty(recovery).Select(part => $"{PatternWords.Of(part.Part)} {QuantityText.Of(part.Time)}"));

    /// <summary>The largest parts first, as many as make three quarters of it.</summary>
    private static IEnumerable<PartTime> Weighty(RecoveryTime recovery)
    {
        var told = TimeSpan.Zero;
        foreach (var part in recovery.Parts.OrderByDescending(part => part.Time))
        {
            if (told >= recovery.Total * 0.75)
            {
                yield break;
            }

            told += part.Time;
            yield return part;
        }
    }

    private static IEnumerable<(string Label, string Text)> Facts(PlanFacts facts, StorePlan store)
    {
        var (chosen, budget) = (store.Chosen, store.Store.CommitBudget.Value);
        yield return ("commit", $"{QuantityText.Of(chosen.Commit)} of a budget of {QuantityText.Of(budget)}; "
            + $"{QuantityText.Digits(chosen.PerConnection)} commits a second on each connection"
            + (chosen.Candidate.Leased ? "; it waits for no other member: what host-loss.rpo allows is kept by a lease (R6)" : ""));
        if (store.Link is { } link)
        {
            var full = link.FullAfter is { } lasts
                ? $"the queue of {QuantityText.Of(store.Store.Queue.Value)} lasts {QuantityText.Of(lasts)} without it"
                : "nothing is written";
            yield return ("link", $"{link.Link.Name}, {QuantityText.Of(link.Link.RoundTrip.Value)} there and back, "
                + $"carries {QuantityText.Of(link.Capacity)} for this store, {QuantityText.Percent(link.Utilisation)} of it used; {full}"
                + (link.BridgesTheOutage ? "" : $", {QuantityText.Of(link.Outage)} need {QuantityText.Of(link.Needed)}")
                + (link.BridgesTheOutage
                    ? $"; after {QuantityText.Of(link.Outage)} it has caught up in {QuantityText.Of(link.CatchUp, "no time ever")}"
                    : "; when the queue is given up, the archive or a new copy has to serve"));
        }

        yield return ("year", $"{QuantityText.Of(chosen.Costs.Spent, facts.Currency)}: {Costs(chosen.Costs)}; "
            + $"{QuantityText.Of(chosen.Costs.Damage, facts.Currency)} of damage to be expected; {QuantityText.Available(chosen.Available)} available");
    }

    private static string Costs(Costs costs) => string.Join(", ",
        new (string Name, Money Amount)[]
        {
            ("hosts", costs.Hosts), ("disks", costs.Disks), ("repository", costs.Repository),
            ("traffic", costs.Traffic), ("line", costs.Line), ("drills", costs.Drills),
        }.Where(part => part.Amount > Money.Zero).Select(part => $"{part.Name} {QuantityText.Digits(Math.Round(part.Amount.Amount))}"));

    private static string Sources(SystemPlan plan)
    {
        var rows = FactTable.Of(plan.Facts).ToList();
        var counted = Enum.GetValues<FactSource>()
            .Select(source => (Source: source, Count: rows.Count(row => row.Source == source)))
            .Where(pair => pair.Count > 0);
        return $"{rows.Count} numbers: {string.Join(", ", counted.Select(pair => $"{pair.Count} {PatternWords.Of(pair.Source)}"))}. "
            + "'--facts' lists them with their sources; what is assumed is worth declaring first where it matters.";
    }
}
