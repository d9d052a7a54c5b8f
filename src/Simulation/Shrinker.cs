using System.Collections.Immutable;
using Holdfast.Simulation.Defects;
using Holdfast.Simulation.Faults;

namespace Holdfast.Simulation;

/// <summary>Makes a scenario that violates the oath as small as it can: fewer faults, shorter ones, better weather. The same article stays violated.</summary>
internal sealed class Shrinker(Defect? defect, int mostRuns = 600)
{
    /// <summary>How many runs it took.</summary>
    public int Runs { get; private set; }

    /// <returns>The small scenario and what it violates.</returns>
    public (Scenario Scenario, string Violation) Shrink(Scenario failing, string violation)
    {
        var best = (Scenario: failing, Violation: violation);
        bool changed;
        do
        {
            changed = false;
            foreach (var smaller in Candidates(best.Scenario))
            {
                if (Runs >= mostRuns)
                {
                    return best;
                }

                Runs++;
                if (new World(smaller, defect).Run() is { } found && Article(found) == Article(violation))
                {
                    best = (smaller, found);
                    changed = true;
                    break;
                }
            }
        }
        while (changed);

        return best;
    }

    /// <summary>Large steps first: halves of the faults, then quarters, then single ones; then simpler surroundings.</summary>
    private static IEnumerable<Scenario> Candidates(Scenario scenario)
    {
        var faults = scenario.Faults;
        for (var size = Math.Max(1, faults.Length / 2); size >= 1 && faults.Length > 0; size /= 2)
        {
            for (var from = 0; from < faults.Length; from += size)
            {
                yield return scenario with { Faults = faults.RemoveRange(from, Math.Min(size, faults.Length - from)) };
            }
        }

        if (scenario.Weather != Weather.Fine)
        {
            yield return scenario with { Weather = Weather.Fine };
        }

        if (scenario.Second is { } second)
        {
            foreach (var simpler in Simpler(second))
            {
                yield return scenario with { Second = simpler };
            }
        }

        if (scenario.FromNothing)
        {
            yield return scenario with { FromNothing = false };
        }

        for (var i = 0; i < faults.Length; i++)
        {
            if (faults[i].Others.Length > 1)
            {
                yield return scenario with { Faults = faults.SetItem(i, faults[i] with { Others = faults[i].Others[..^1] }) };
            }
        }

        if (faults.Length > 0 && faults.Max(fault => fault.AtMs + fault.ForMs) + 500 is var end && end < scenario.CalmFromMs)
        {
            yield return scenario with { CalmFromMs = end };
        }
    }

    private static IEnumerable<SecondSite> Simpler(SecondSite second)
    {
        if (second.HookBefore || second.HookAfter)
        {
            yield return second with { HookBefore = false, HookAfter = false };
        }

        if (second.ClocksApart)
        {
            yield return second with { ClocksApart = false };
        }

        if (second.Separate)
        {
            yield return second with { Separate = false };
        }

        if (second.Members > 1)
        {
            yield return second with { Members = second.Members - 1 };
        }
    }

    private static string Article(string violation) => violation.Split(',')[0];
}
