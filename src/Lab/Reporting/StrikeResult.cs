namespace Holdfast.Lab.Reporting;

/// <summary>What came of one strike.</summary>
/// <param name="At">Since the clients began.</param>
/// <param name="Sort">The line of the summary it counts to.</param>
/// <param name="What">As it was planned.</param>
/// <param name="Targets">Whom it struck.</param>
/// <param name="Outage">The longest time without an acknowledgement to a writer that looks for the primary.</param>
/// <param name="Lost">Acknowledged writes that are gone.</param>
/// <param name="Reported">Of these, those that a loss report names.</param>
/// <param name="HealthyAfter">From when all had been put right; null: it did not become healthy.</param>
/// <param name="Why">What the system waits for, where it did not.</param>
internal sealed record StrikeResult(
    int Number, TimeSpan At, string Sort, string What, string Targets, TimeSpan Outage, int Lost, int Reported, TimeSpan? HealthyAfter, string? Why)
{
    public override string ToString() =>
        $"{At:hh\\:mm\\:ss} {Number,4}  {What,-44} {Targets,-34} outage {Outage.TotalSeconds,6:0.00} s  lost {Lost}" +
        $"{(Lost > 0 ? $" (reported {Reported})" : "")}  {(HealthyAfter is { } after ? $"healthy after {after.TotalSeconds:0.0} s" : $"NOT HEALTHY: {Why}")}";
}

/// <summary>A line of the summary.</summary>
internal sealed record SortSummary(string Sort, int Count, TimeSpan MedianOutage, TimeSpan LongestOutage, int Lost, int Reported)
{
    public static IEnumerable<SortSummary> Of(IEnumerable<StrikeResult> results) =>
        results.GroupBy(result => result.Sort).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group =>
        {
            var outages = group.Select(result => result.Outage).Order().ToList();
            return new SortSummary(
                group.Key, outages.Count, (outages[(outages.Count - 1) / 2] + outages[outages.Count / 2]) / 2, outages[^1],
                group.Sum(result => result.Lost), group.Sum(result => result.Reported));
        });

    public override string ToString() =>
        $"{Sort,-20} {Count,5}   outage {MedianOutage.TotalSeconds,6:0.00} s median, {LongestOutage.TotalSeconds,6:0.00} s at most   " +
        $"lost {Lost}, reported {Reported}";
}
