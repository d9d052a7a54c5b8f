namespace Holdfast.Quickstart.Writing;

/// <summary>What is reported as lost keys, beside what the writer knows to be lost since the last time.</summary>
/// <param name="Reported">Acknowledged keys that are reported as lost.</param>
/// <param name="InNoLog">Acknowledged and lost keys that are not reported and newer than all that are.</param>
/// <param name="Missing">Acknowledged keys that the present primary lacks.</param>
/// <param name="Problems">Where the two do not agree otherwise, for people.</param>
internal sealed record KeyLoss(long Reported, long InNoLog, long Missing, IReadOnlyList<string> Problems)
{
    private const int Named = 10;

    /// <param name="accountedFor">What an earlier comparison has seen; gets what this one sees.</param>
    public static KeyLoss Of(IdSet acknowledged, LossCheck losses, IdSet accountedFor, ReportedLoss report)
    {
        var missing = losses.Missing.Where(id => !accountedFor.Contains(id)).ToHashSet();
        var reported = report.Ids.Ids().Where(id => acknowledged.Contains(id) && !accountedFor.Contains(id)).ToHashSet();
        var newest = reported.DefaultIfEmpty(0).Max();
        var unreported = missing.Except(reported).ToList();
        var problems = new List<string>();
        Note(problems, "acknowledged keys are missing and not reported, though later ones are", unreported.Where(id => id < newest));
        Note(problems, "acknowledged keys are reported as lost and are there", reported.Except(missing));
        foreach (var id in missing.Concat(reported))
        {
            accountedFor.Add(id);
        }

        return new KeyLoss(reported.Count, unreported.Count(id => id > newest), missing.Count, problems);
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
