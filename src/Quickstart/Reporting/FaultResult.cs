using System.Collections.Immutable;
using Holdfast.Quickstart.Watching;

namespace Holdfast.Quickstart.Reporting;

/// <summary>What one exercised fault showed.</summary>
internal sealed record FaultResult
{
    public required string Fault { get; init; }
    /// <summary>Longest time between two acknowledged commits that follow each other.</summary>
    public required double OutageSeconds { get; init; }
    /// <summary>Commits acknowledged from the fault until all members were healthy again.</summary>
    public required long Acknowledged { get; init; }
    /// <summary>Acknowledged rows that the present primary lacks; null: it could not be asked.</summary>
    public required long? Lost { get; init; }
    /// <summary>
    /// Acknowledged rows that the report of the returned site names as lost; null: no site was lost, or there is no report.
    /// </summary>
    public long? ReportedLost { get; init; }
    /// <summary>Both sites were compared by checksum as a step of the move, and agree; null: nothing was moved between sites.</summary>
    public bool? Verified { get; init; }
    /// <summary>
    /// From the fault (freeze: the thaw; coordination-loss: the return of etcd; link-cut: the link is whole; site-disaster: the
    /// site boots) until all members were healthy; null: they were not.
    /// </summary>
    public required double? HealthyAfterSeconds { get; init; }
    /// <summary>Milliseconds in which the group's record let one copy be enough.</summary>
    public required double UnprotectedMs { get; init; }
    /// <summary>The change of primary that the agents recorded; null: none.</summary>
    public HistoryEntry? Change { get; init; }
    /// <summary>The move between sites; null: none.</summary>
    public AgentMove? Move { get; init; }
    /// <summary>The same of the second store; null: there is one only.</summary>
    public StoreResult? Second { get; init; }
    /// <summary>Further figures of this fault alone, by their names in the JSON report.</summary>
    public ImmutableSortedDictionary<string, double> Figures { get; init; } = ImmutableSortedDictionary<string, double>.Empty;
    /// <summary>What was not as it must be; empty: passed.</summary>
    public required ImmutableArray<string> Problems { get; init; }

    /// <summary>
    /// Several rounds of one fault as one: the median of the times (of the worse two when even), the sum of the rows, all problems.
    /// A round without health leaves none for the whole.
    /// </summary>
    public static FaultResult Summarise(IReadOnlyCollection<FaultResult> rounds)
    {
        var healthy = rounds.All(round => round.HealthyAfterSeconds is not null);
        return rounds.First() with
        {
            OutageSeconds = Median(rounds.Select(round => round.OutageSeconds)),
            Acknowledged = rounds.Sum(round => round.Acknowledged),
            Lost = rounds.All(round => round.Lost is not null) ? rounds.Sum(round => round.Lost) : null,
            ReportedLost = rounds.All(round => round.ReportedLost is not null) ? rounds.Sum(round => round.ReportedLost) : null,
            Verified = rounds.Any(round => round.Verified is null) ? null : rounds.All(round => round.Verified is true),
            HealthyAfterSeconds = healthy ? Median(rounds.Select(round => round.HealthyAfterSeconds!.Value)) : null,
            UnprotectedMs = rounds.Sum(round => round.UnprotectedMs),
            Change = rounds.Count == 1 ? rounds.First().Change : null,
            Move = rounds.Count == 1 ? rounds.First().Move : null,
            Second = StoreResult.Summarise([.. rounds.Select(round => round.Second)]),
            Figures = rounds.SelectMany(round => round.Figures).GroupBy(figure => figure.Key, figure => figure.Value)
                .ToImmutableSortedDictionary(figures => figures.Key, Median),
            Problems = [.. rounds.SelectMany(round => round.Problems)],
        };
    }

    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
