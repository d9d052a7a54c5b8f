using System.Text;
using Holdfast.FailoverBench.Cost;
using Holdfast.FailoverBench.Systems;

namespace Holdfast.FailoverBench.Reporting;

/// <summary>The fragment for a README.</summary>
internal static class Markdown
{
    public static string Write(Report report)
    {
        var text = new StringBuilder();
        var withCost = report.Kind == StoreKind.PostgreSql;
        text.AppendLine(
            $"Medians of {(report.IsWhole ? "" : "at most ")}{report.Rounds} rounds on {report.Machine.Date}, all systems in one run on one machine")
            .AppendLine($"({report.Machine.Hardware}; load average {report.Machine.LoadBefore:0.0} before and {report.LoadAfter:0.0} after),")
            .AppendLine($"on loopback. {report.Machine.Software}. Three members each, " +
                $"{(report.Kind == StoreKind.Redis ? "asynchronous" : "synchronous")} replication.")
            .AppendLine("Outage is the longest wait between two acknowledged writes of the same client; in brackets, how many times as long as with Holdfast.")
            .AppendLine()
            .AppendLine($"| | {string.Join(" | ", report.Faults)} | lost | idle CPU | memory |{(withCost ? " commit rate |" : "")}")
            .AppendLine($"|---|{string.Concat(Enumerable.Repeat("--:|", report.Faults.Length + (withCost ? 4 : 3)))}");
        foreach (var (key, _) in report.Systems.Where(system => report.Rows(system.Key).Any()))
        {
            var footprint = report.Footprints.FirstOrDefault(its => its.System == key);
            var ratio = key == SystemCatalogue.PostgreSql ? 1 : report.CostRatio(key, Pgbench.Insert, sample => sample.Rate);
            text.Append($"| {Figures.Name(key)} | ").AppendJoin(" | ", report.Faults.Select(fault => Cell(report, key, fault)))
                .Append($" | {Figures.Count(report.Lost(key))} | ")
                .Append(footprint is null ? Figures.Absent : $"{footprint.CpuPercent:0.00} %").Append(" | ")
                .Append(footprint is null ? Figures.Absent : $"{footprint.ResidentMebibytes:0} MiB").Append(" |")
                .AppendLine(withCost ? $" {Figures.Number(ratio, "0.00")} |" : "");
        }

        text.AppendLine().Append("Idle CPU (of one core) and resident memory are those of the manager's processes on one host");
        text.Append(withCost
            ? "; commit rate is that\nof single-row inserts, divided by PostgreSQL's without a manager, with synchronous replication too" : "");
        text.AppendLine(". Settings:").AppendLine();
        foreach (var (key, description) in report.Systems)
        {
            text.AppendLine($"- {Figures.Name(key)}: {description}.");
        }

        var problems = report.Outcomes.Sum(row => row.Problems.Length) + report.Failures.Length;
        if (problems > 0)
        {
            text.AppendLine().AppendLine($"{problems} problems were met, which the report names:").AppendLine();
            foreach (var problem in report.Failures.Concat(
                report.Outcomes.SelectMany(row => row.Problems.Select(problem =>
                    $"{Figures.Name(row.System)}, {row.Fault}, round {row.Round}: {problem}"))))
            {
                text.AppendLine($"- {problem.ReplaceLineEndings(" ")}");
            }
        }

        return text.ToString();
    }

    /// <summary>Where writes may be lost, how many with this fault, in all rounds.</summary>
    private static string Cell(Report report, string key, string fault) => Figures.Outage(report, key, fault) +
        (report is { Kind: StoreKind.Redis } && report.Lost(key, fault) is { } lost ? $", {lost:N0} lost" : "");
}
