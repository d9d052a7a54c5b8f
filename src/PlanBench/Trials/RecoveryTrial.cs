using System.Text.Json;
using Holdfast.Configuration;
using Holdfast.Configuration.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;

namespace Holdfast.PlanBench.Trials;

/// <summary>Recovery times of the quickstart, which kills real servers, beside what the model says of the same system with all its defaults.</summary>
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
        var predicted = Assessment.Of(new Setting(facts, facts.Stores[0]), new Candidate(DataPattern.Asynchronous, 2, Readiness.Hot));
        using var document = JsonDocument.Parse(report);
        foreach (var fault in document.RootElement.GetProperty("faults").EnumerateArray())
        {
            if (Faults.TryGetValue(fault.GetProperty("fault").GetString()!, out var kind))
            {
                yield return new Comparison(
                    $"recovery, {fault.GetProperty("fault").GetString()}", "s",
                    predicted.After(kind).Rto!.Value.TotalSeconds, fault.GetProperty("outageSeconds").GetDouble(), FactorOf);
            }
        }
    }
}
