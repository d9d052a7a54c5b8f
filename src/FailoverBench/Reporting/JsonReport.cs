using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.FailoverBench.Cost;

namespace Holdfast.FailoverBench.Reporting;

/// <summary>The report for programs: medians, and every single measurement.</summary>
internal static class JsonReport
{
    private const int Digits = 4;
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(Report report) => new JsonObject
    {
        ["kind"] = report.Kind.ToString().ToLowerInvariant(),
        ["date"] = report.Machine.Date,
        ["machine"] = new JsonObject
        {
            ["processor"] = report.Machine.Processor,
            ["processors"] = report.Machine.Processors,
            ["memoryGiB"] = Rounded(report.Machine.MemoryGibibytes),
            ["kernel"] = report.Machine.Kernel,
            ["loadBefore"] = report.Machine.LoadBefore,
            ["loadAfter"] = report.LoadAfter,
        },
        ["versions"] = new JsonObject(report.Machine.Versions.Select(one => KeyValuePair.Create(one.Program, (JsonNode?)one.Version))),
        ["rounds"] = report.Rounds,
        ["whole"] = report.IsWhole,
        ["systems"] = new JsonObject(report.Systems.Select(one =>
            KeyValuePair.Create(one.Key, (JsonNode?)Summary(report, one.Key, one.Description)))),
        ["outcomes"] = Array(report.Outcomes.Select(Outcome)),
        ["footprints"] = Array(report.Footprints.Select(its => new JsonObject
        {
            ["system"] = its.System,
            ["cpuPercent"] = Rounded(its.CpuPercent),
            ["residentMiB"] = Rounded(its.ResidentMebibytes),
            ["proportionalMiB"] = Rounded(its.ProportionalMebibytes),
            ["processes"] = its.Processes,
        })),
        ["costs"] = Array(report.Costs.Select(sample => new JsonObject
        {
            ["system"] = sample.System,
            ["workload"] = sample.Workload,
            ["round"] = sample.Round,
            ["perSecond"] = Rounded(sample.Rate),
            ["medianMs"] = Rounded(sample.MedianMilliseconds),
            ["p99Ms"] = Rounded(sample.HighMilliseconds),
        })),
        ["loads"] = Array(report.Loads.Select(load => new JsonObject
        {
            ["system"] = load.System,
            ["minutes"] = load.Minutes,
            ["computing"] = load.Computing,
            ["changes"] = load.Changes,
            ["restarts"] = load.Restarts,
            ["loadAverage"] = load.LoadAverage,
            ["problems"] = Texts(load.Problems),
        })),
        ["failures"] = Texts(report.Failures),
    }.ToJsonString(Layout) + "\n";

    private static JsonObject Summary(Report report, string system, string description)
    {
        var summary = new JsonObject { ["settings"] = description, ["lost"] = report.Lost(system) };
        foreach (var fault in report.Faults)
        {
            // JSON knows no infinity: a client that did not come back has no outage.
            summary[$"{fault}Lost"] = report.Lost(system, fault);
            summary[$"{fault}Seconds"] = report.Outage(system, fault) is { } outage && double.IsFinite(outage) ? Rounded(outage) : null;
        }

        foreach (var workload in report.Costs.Select(sample => sample.Workload).Distinct())
        {
            Func<CostSample, double> rate = sample => sample.Rate;
            summary[$"{workload}RatioToBare"] = report.CostRatio(system, workload, rate) is { } ratio ? Rounded(ratio) : null;
        }

        return summary;
    }

    private static JsonObject Outcome(Faults.FaultOutcome outcome) => new()
    {
        ["system"] = outcome.System,
        ["fault"] = outcome.Fault,
        ["round"] = outcome.Round,
        ["exercised"] = outcome.Exercised,
        ["outageSeconds"] = Rounded(outcome.OutageSeconds),
        ["acknowledged"] = outcome.Acknowledged,
        ["lost"] = outcome.Lost,
        ["byFormerPrimary"] = outcome.ByFormerPrimary,
        ["healthyAfterSeconds"] = Rounded(outcome.HealthyAfterSeconds),
        ["breakdown"] = outcome.Breakdown,
        ["problems"] = Texts(outcome.Problems),
    };

    private static JsonArray Array(IEnumerable<JsonObject> objects) => new([.. objects]);

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    private static JsonValue? Rounded(double? value) => value is { } number ? JsonValue.Create(Math.Round(number, Digits)) : null;
}
