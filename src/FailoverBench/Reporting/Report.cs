using System.Collections.Immutable;
using Holdfast.FailoverBench.Cost;
using Holdfast.FailoverBench.Faults;
using Holdfast.FailoverBench.Footprint;
using Holdfast.FailoverBench.Load;
using Holdfast.FailoverBench.Systems;

namespace Holdfast.FailoverBench.Reporting;

/// <summary>Everything that a run has found, and what follows from it.</summary>
/// <param name="Systems">In the order in which they were measured, with what they are set to.</param>
/// <param name="Failures">Systems that did not come up or could not go on, each with why.</param>
internal sealed record Report(
    StoreKind Kind, Machine Machine, int Rounds, ImmutableArray<(string Key, string Description)> Systems, ImmutableArray<string> Faults,
    ImmutableArray<FaultOutcome> Outcomes, ImmutableArray<AgentFootprint> Footprints, ImmutableArray<CostSample> Costs,
    ImmutableArray<LoadOutcome> Loads, ImmutableArray<string> Failures, double LoadAfter)
{
    /// <summary>False: the run was cut short, or a system was given up, and some figures are of fewer rounds.</summary>
    public bool IsWhole => Outcomes.GroupBy(outcome => (outcome.System, outcome.Fault)).All(group => group.Count(outcome => outcome.Exercised) == Rounds);

    /// <summary>The median outage in seconds; null: it was not exercised. Infinite: in half of the rounds the client did not go on.</summary>
    public double? Outage(string system, string fault) =>
        Rows(system).Where(outcome => outcome.Fault == fault && outcome.Exercised).Select(outcome => outcome.OutageSeconds ?? double.PositiveInfinity).ToArray()
            is { Length: > 0 } outages ? Median(outages) : null;

    /// <summary>How many times as long as with Holdfast; null: one of the two was not measured.</summary>
    public double? OutageRatio(string system, string fault) =>
        Outage(SystemCatalogue.Holdfast, fault) is { } own && Outage(system, fault) is { } its ? its / own : null;

    public IEnumerable<FaultOutcome> Rows(string system) => Outcomes.Where(outcome => outcome.System == system);

    /// <summary>Acknowledged commits lost in all rounds; null: in some round they could not be counted, or there was none.</summary>
    public long? Lost(string system) => Sum(Rows(system));

    /// <summary>The same by fault: what a system that may lose writes lost when.</summary>
    public long? Lost(string system, string fault) => Sum(Rows(system).Where(row => row.Fault == fault && row.Exercised));

    /// <summary>The median of a figure of pgbench; null: not measured.</summary>
    public double? Cost(string system, string workload, Func<CostSample, double> figure) =>
        Samples(system, workload).Select(figure).ToArray() is { Length: > 0 } figures ? Median(figures) : null;

    /// <summary>
    /// The figure of a system divided by that of the bare servers: the median over the rounds of the quotient within a round; null: not measured.
    /// </summary>
    public double? CostRatio(string system, string workload, Func<CostSample, double> figure)
    {
        var quotients = Samples(system, workload)
            .Join(
                Samples(SystemCatalogue.PostgreSql, workload), its => its.Round, bare => bare.Round, (its, bare) => figure(its) / figure(bare))
            .ToArray();
        return quotients.Length > 0 ? Median(quotients) : null;
    }

    private static long? Sum(IEnumerable<FaultOutcome> outcomes) =>
        outcomes.ToArray() is { Length: > 0 } rows && rows.All(row => row.Lost is not null) ? rows.Sum(row => row.Lost) : null;

    private IEnumerable<CostSample> Samples(string system, string workload) =>
        Costs.Where(sample => sample.System == system && sample.Workload == workload);

    /// <summary>Of an even number, the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
