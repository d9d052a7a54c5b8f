using System.Text.Json;
using Holdfast.Configuration;
using Holdfast.Configuration.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Measured;
using Holdfast.Core.Planning.Patterns;

namespace Holdfast.PlanBench.Trials;

/// <summary>
/// Recovery times of the quickstart, which kills real servers, beside what the model says of the same system: with its defaults, and with what the
/// history of the run's other faults tells of the machine, as <c>holdfast plan --probe</c> takes it.
/// </summary>
internal static class RecoveryTrial
{
    private const double FactorOf = 2;

    private const string Quickstart = """
        system: quickstart
        sites: { a: {}, b: {}, w: { witness: true } }
        planning:
          links: { a-b: { between: [a, b], round-trip: 100us } }
          stores:
            orders:
              class: relational
              automatic-site-failover: true
              objectives: { host-loss: { rpo: 0s, rto: 1s }, site-loss: { rpo: 10s, rto: 15s } }
        """;

    private static readonly Dictionary<string, FailureKind> Faults = new(StringComparer.Ordinal)
    {
        ["process-crash"] = FailureKind.Process,
        ["host-crash"] = FailureKind.Host,
        ["freeze"] = FailureKind.Host,
        ["site-disaster"] = FailureKind.Site,
    };

    /// <param name="report">What <c>./quickstart --json</c> wrote.</param>
    public static IEnumerable<Comparison> Compare(string report)
    {
        var facts = PlanFile.Parse(Quickstart, "/", ProcessEnvironment.Instance).Facts
            ?? throw new InvalidOperationException("the description of the quickstart is not valid");
        using var document = JsonDocument.Parse(report);
        var all = Trials(document.RootElement).ToList();
        foreach (var fault in document.RootElement.GetProperty("faults").EnumerateArray())
        {
            var name = fault.GetProperty("fault").GetString()!;
            if (!Faults.TryGetValue(name, out var kind))
            {
                continue;
            }

            // A fault's own changes would predict themselves: only those of the others are history.
            var past = all.Where(trial => trial.Fault != name).Select(trial => trial.Change).OfType<PastOutage>();
            var known = facts.With(new Measurements([new MeasuredStore(facts.Stores[0].Name) { Outages = [.. past] }], []));
            var predicted = Assessment.Of(new Setting(known, known.Stores[0]), new Candidate(DataPattern.Asynchronous, 2, Readiness.Hot));
            yield return new Comparison(
                $"recovery, {name}", "s", predicted.After(kind).Rto!.Value.TotalSeconds, fault.GetProperty("outageSeconds").GetDouble(), FactorOf);
        }
    }

    /// <summary>Each fault of each round, and the change of primary that it brought.</summary>
    private static IEnumerable<(string Fault, PastOutage? Change)> Trials(JsonElement report)
    {
        var rounds = report.TryGetProperty("rounds", out var several) ? several.EnumerateArray() : Enumerable.Repeat(report, 1);
        return rounds.SelectMany(round => round.GetProperty("faults").EnumerateArray())
            .Select(fault => (fault.GetProperty("fault").GetString()!, Change(fault)));
    }

    private static PastOutage? Change(JsonElement fault) =>
        ChangeParts.Of(Number(fault, "detectedMs"), Number(fault, "electedMs"), Number(fault, "promotedMs")) is { } parts
            ? new PastOutage(BetweenSites: false, Asked: false, parts.Decide + parts.Promote) { Parts = parts }
            : null;

    private static double? Number(JsonElement fault, string name) =>
        fault.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
