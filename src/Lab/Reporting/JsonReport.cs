using System.Text.Json;
using Holdfast.Lab.Checking;
using Holdfast.Lab.Histories;

namespace Holdfast.Lab.Reporting;

/// <summary>The report for programs.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string Of(LabOptions options, IReadOnlyList<StrikeResult> results, Verdict verdict, History? history, IReadOnlyList<string> notes) =>
        JsonSerializer.Serialize(
        new
        {
            options.Seed,
            File = options.Shown,
            Command = options.Again(results.Count),
            Passed = verdict.Violations.IsEmpty,
            verdict.Acknowledged,
            verdict.Lost,
            verdict.Reported,
            verdict.StaleReads,
            Kinds = SortSummary.Of(results).Select(one => new
            {
                Kind = one.Sort,
                one.Count,
                MedianOutageMs = Math.Round(one.MedianOutage.TotalMilliseconds),
                LongestOutageMs = Math.Round(one.LongestOutage.TotalMilliseconds),
                one.Lost,
                one.Reported,
            }),
            Faults = results.Select(result => new
            {
                result.Number,
                AtMs = Math.Round(result.At.TotalMilliseconds),
                Kind = result.Sort,
                Planned = result.What,
                result.Targets,
                OutageMs = Math.Round(result.Outage.TotalMilliseconds),
                result.Lost,
                result.Reported,
                HealthyAfterMs = result.HealthyAfter is { } after ? Math.Round(after.TotalMilliseconds) : (double?)null,
                result.Why,
            }),
            Primaries = (history?.Writes ?? []).Where(write => write.Outcome == Outcome.Acknowledged).GroupBy(write => write.By)
                .OrderBy(group => group.Min(write => write.Answered)).Select(group => new
                {
                    group.Key.Member,
                    group.Key.Timeline,
                    Epoch = history!.Epochs.TryGetValue(group.Key, out var epoch) ? epoch : (long?)null,
                    Acknowledged = group.Count(),
                }),
            Violations = verdict.Violations.Select(violation => new { Judgement = violation.Judgement.ToString(), violation.Text }),
            Notes = notes,
        },
        Form);
}
