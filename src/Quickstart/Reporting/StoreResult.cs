using Holdfast.Quickstart.Watching;

namespace Holdfast.Quickstart.Reporting;

/// <summary>What a fault showed of a second store that was written to beside the first.</summary>
/// <param name="OutageSeconds">Longest time between two acknowledged writes that follow each other.</param>
/// <param name="Acknowledged">Writes from the fault until all was healthy again.</param>
/// <param name="Lost">Acknowledged writes that the present primary lacks; null: it could not be asked.</param>
/// <param name="ReportedLost">Those that the report of the returned site names; null: no site was lost, or there is no report.</param>
/// <param name="Move">Between sites; null: none.</param>
internal sealed record StoreResult(string Store, double OutageSeconds, long Acknowledged, long? Lost, long? ReportedLost, AgentMove? Move)
{
    /// <summary>Several rounds as one: the median of the outages (of the worse two when even), the sum of the rest.</summary>
    public static StoreResult? Summarise(IReadOnlyCollection<StoreResult?> rounds) => rounds.FirstOrDefault() is not { } first ? null : first with
    {
        OutageSeconds = FaultResult.Median(rounds.Select(round => round!.OutageSeconds)),
        Acknowledged = rounds.Sum(round => round!.Acknowledged),
        Lost = rounds.All(round => round!.Lost is not null) ? rounds.Sum(round => round!.Lost) : null,
        ReportedLost = rounds.All(round => round!.ReportedLost is not null) ? rounds.Sum(round => round!.ReportedLost) : null,
        Move = rounds.Count == 1 ? first.Move : null,
    };
}
