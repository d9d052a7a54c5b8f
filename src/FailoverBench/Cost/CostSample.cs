namespace Holdfast.FailoverBench.Cost;

/// <summary>One run of pgbench.</summary>
/// <param name="Rate">Transactions per second.</param>
/// <param name="MedianMilliseconds">Of a transaction, as the client sees it.</param>
/// <param name="HighMilliseconds">99 of 100 transactions took no longer.</param>
internal sealed record CostSample(string System, string Workload, int Round, double Rate, double MedianMilliseconds, double HighMilliseconds);
