namespace Holdfast.Quickstart.Writing;

/// <summary>What is reported as lost, beside what the writer knows to be lost: they must be the same rows.</summary>
/// <param name="Reported">Ids of rows that the writer knows to have been acknowledged, and that are reported as lost.</param>
/// <param name="OfUnknownFate">Rows that are reported as lost, and of which the writer had not heard whether they were committed.</param>
/// <param name="Problems">Where the two do not agree, for people.</param>
internal sealed record LossComparison(IReadOnlyCollection<long> Reported, long OfUnknownFate, IReadOnlyList<string> Problems)
{
    private const int Named = 10;

    public static LossComparison Of(IdSet acknowledged, LossCheck losses, ReportedLoss report)
    {
        var reported = report.Ids.Ids().Where(acknowledged.Contains).ToHashSet();
        var missing = losses.Missing.ToHashSet();
        var problems = new List<string>();
        Note(problems, "acknowledged rows are missing and not reported", missing.Except(reported));
        Note(problems, "acknowledged rows are reported as lost and are there", reported.Except(missing));
        return new LossComparison(reported, report.Ids.Count - reported.Count, problems);
    }

    private static void Note(List<string> problems, string what, IEnumerable<long> ids)
    {
        var all = ids.Order().ToArray();
        if (all.Length > 0)
        {
            problems.Add($"{all.Length} {what}: {string.Join(", ", all.Take(Named))}{(all.Length > Named ? " …" : "")}");
        }
    }
}
