using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Quickstart.Watching;

namespace Holdfast.Quickstart.Reporting;

/// <summary>
/// The report for programs: <c>{"faults":[…]}</c>, one entry a fault; with several rounds also <c>"rounds"</c>, each with its own.
/// </summary>
internal static class JsonReport
{
    private const int Digits = 3;
    private static readonly JsonSerializerOptions Layout =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="rounds">In order; each holds its faults in order.</param>
    public static string Write(IReadOnlyList<IReadOnlyList<FaultResult>> rounds)
    {
        var summary = rounds.SelectMany(round => round).GroupBy(result => result.Fault).Select(group => FaultResult.Summarise([.. group]));
        var report = new JsonObject { ["faults"] = Entries(summary) };
        if (rounds.Count > 1)
        {
            report["rounds"] = new JsonArray([.. rounds.Select(round => new JsonObject { ["faults"] = Entries(round) })]);
        }

        return report.ToJsonString(Layout) + "\n";
    }

    private static JsonArray Entries(IEnumerable<FaultResult> results) => new([.. results.Select(Entry)]);

    private static JsonObject Entry(FaultResult result)
    {
        var entry = new JsonObject
        {
            ["fault"] = result.Fault,
            ["outageSeconds"] = Rounded(result.OutageSeconds),
            ["acknowledged"] = result.Acknowledged,
            ["lost"] = result.Lost,
            ["reportedLost"] = result.ReportedLost,
            ["verified"] = result.Verified,
            ["healthyAfterSeconds"] = Rounded(result.HealthyAfterSeconds),
            ["unprotectedMs"] = Rounded(result.UnprotectedMs),
            ["problems"] = new JsonArray([.. result.Problems.Select(problem => JsonValue.Create(problem))]),
        };
        if (result.Change is { } change)
        {
            entry["epoch"] = change.Epoch;
            entry["from"] = change.From;
            entry["to"] = change.To;
            entry["rule"] = change.Rule;
            entry["reason"] = change.Reason;
            entry["detectedMs"] = Rounded(change.DetectedMs);
            entry["promisedMs"] = Rounded(change.PromisedMs);
            entry["electedMs"] = Rounded(change.ElectedMs);
            entry["promotedMs"] = Rounded(change.PromotedMs);
            entry["firstCommitMs"] = Rounded(change.FirstCommitMs);
        }

        foreach (var (name, value) in result.Figures)
        {
            entry[name] = Rounded(value);
        }

        if (result.Second is { } second)
        {
            var other = new JsonObject
            {
                ["outageSeconds"] = Rounded(second.OutageSeconds),
                ["acknowledged"] = second.Acknowledged,
                ["lost"] = second.Lost,
                ["reportedLost"] = second.ReportedLost,
            };
            Add(other, second.Move);
            entry[second.Store] = other;
        }

        Add(entry, result.Move);
        return entry;
    }

    private static void Add(JsonObject entry, AgentMove? move)
    {
        if (move is not null)
        {
            entry["kind"] = move.Kind;
            entry["from"] = move.From;
            entry["to"] = move.To;
            entry["steps"] = new JsonArray([.. move.Steps.Select(Step)]);
        }
    }

    private static JsonObject Step(AgentStep step) => new()
    {
        ["step"] = step.Step,
        ["state"] = step.State,
        ["tookMs"] = step.TookMs,
        ["detail"] = step.Detail,
    };

    private static JsonValue? Rounded(double? value) => value is { } number ? JsonValue.Create(Math.Round(number, Digits)) : null;
}
