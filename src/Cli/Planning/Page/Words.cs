using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Page;

/// <summary>What the page says of verdicts, everywhere in the same words.</summary>
internal static class Words
{
    public static string Rpo(Outcome outcome) => QuantityText.Beside(outcome.Rpo, outcome.Objective?.Rpo, "everything");

    public static string Rto(Outcome outcome) => QuantityText.Beside(outcome.Rto, outcome.Objective?.Rto, "never");

    /// <summary>A word, with a sign and a colour beside it: none of them has to be seen for the others to be understood.</summary>
    public static Element Badge(Verdict verdict) => verdict switch
    {
        Verdict.Met => new Element("span", "✓ met").Of("badge good"),
        Verdict.Missed => new Element("span", "✗ MISSED").Of("badge bad"),
        _ => new Element("span", "– not asked").Of("badge"),
    };

    public static Element Badge(bool isMet) => Badge(isMet ? Verdict.Met : Verdict.Missed);

    /// <summary>What is missed of an objective: <c>site: RTO 36.2 min, 60 s demanded</c>. Empty where nothing is.</summary>
    public static string Shortfall(Outcome outcome)
    {
        if (outcome is not { Verdict: Verdict.Missed, Objective: { } objective })
        {
            return "";
        }

        var parts = new List<string>();
        if (outcome.MissesRpo)
        {
            parts.Add($"RPO {Rpo(outcome)}, {QuantityText.Of(objective.Rpo)} demanded");
        }

        if (outcome.MissesRto)
        {
            parts.Add($"RTO {Rto(outcome)}, {QuantityText.Of(objective.Rto)} demanded");
        }

        return $"{PatternWords.Of(outcome.Failure)}: {string.Join("; ", parts)}";
    }

    /// <summary>Why a pattern does not do: what stands in its way, and what it misses. Empty: it does.</summary>
    public static IEnumerable<string> Against(Assessment assessment) =>
        [
            .. assessment.Gates.Select(gate => $"cannot be had: {gate.What}; remedy: {gate.Change}"),
            .. assessment.Missed.Select(missed => $"misses {Shortfall(missed)}"),
        ];

    /// <summary>A name in a chart, where there is little room.</summary>
    public static string Short(string name) => name.Length <= 24 ? name : name[..23] + "…";
}
