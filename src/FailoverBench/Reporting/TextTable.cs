using System.Text;
using Holdfast.FailoverBench.Cost;
using Holdfast.FailoverBench.Systems;

namespace Holdfast.FailoverBench.Reporting;

/// <summary>The report for a terminal, at most a hundred columns wide.</summary>
internal static class TextTable
{
    private const int First = 25;

    public static string Write(Report report)
    {
        var text = new StringBuilder();
        text.AppendLine($"{report.Machine.Date}, {report.Machine.Hardware}")
            .AppendLine(report.Machine.Software)
            .AppendLine(
                $"medians of {(report.IsWhole ? "" : "at most ")}{report.Rounds} rounds; " +
                $"load average {report.Machine.LoadBefore:0.0} before, {report.LoadAfter:0.0} after");
        if (report.Outcomes.Length > 0)
        {
            const int Wide = 18;
            text.AppendLine().AppendLine("Outage at the client (times Holdfast's), the longest wait between two acknowledged writes:")
                .Append("".PadRight(First)).AppendLine(string.Concat(report.Faults.Select(fault => fault.PadLeft(Wide))));
            foreach (var (key, _) in Measured(report))
            {
                text.Append(Figures.Name(key).PadRight(First))
                    .AppendLine(string.Concat(report.Faults.Select(fault => Figures.Outage(report, key, fault).PadLeft(Wide))));
            }

            text.AppendLine().AppendLine("What became of the data, and of the systems, in all rounds:")
                .Append("".PadRight(First)).AppendLine("  faults    writes   lost  second writer  client not back  not healthy");
            foreach (var (key, _) in Measured(report))
            {
                var rows = report.Rows(key).ToArray();
                text.Append(Figures.Name(key).PadRight(First)).AppendLine(
                    $"{rows.Length,8}{rows.Sum(row => row.Acknowledged),10:N0}{Figures.Count(report.Lost(key)),7}" +
                    $"{rows.Sum(row => row.ByFormerPrimary),15:N0}" +
                    $"{rows.Count(row => row is { Exercised: true, OutageSeconds: null }),17}{rows.Count(row => row.HealthyAfterSeconds is null),13}");
            }
        }

        if (report.Kind == StoreKind.Redis)
        {
            AppendLosses(text, report);
        }

        AppendRest(text, report);
        return text.ToString();
    }

    /// <summary>A store that acknowledges before it replicates may lose writes: when, and how many.</summary>
    private static void AppendLosses(StringBuilder text, Report report)
    {
        const int Wide = 18;
        text.AppendLine().AppendLine("Acknowledged writes lost, by fault, in all rounds:")
            .Append("".PadRight(First)).AppendLine(string.Concat(report.Faults.Select(fault => fault.PadLeft(Wide))));
        foreach (var (key, _) in Measured(report))
        {
            text.Append(Figures.Name(key).PadRight(First))
                .AppendLine(string.Concat(report.Faults.Select(fault => Figures.Number(report.Lost(key, fault), "N0").PadLeft(Wide))));
        }
    }

    private static void AppendRest(StringBuilder text, Report report)
    {
        if (report.Footprints.Length > 0)
        {
            text.AppendLine().AppendLine("The manager's processes on one host, idle (of the three, the host with most):")
                .Append("".PadRight(First)).AppendLine("  CPU, % of a core  resident MiB  shared pages once  processes");
            foreach (var its in report.Footprints)
            {
                text.Append(Figures.Name(its.System).PadRight(First)).AppendLine(
                    $"{its.CpuPercent,18:0.00}{its.ResidentMebibytes,14:0.0}{its.ProportionalMebibytes,19:0.0}{its.Processes,11}");
            }
        }

        foreach (var workload in report.Costs.Select(sample => sample.Workload).Distinct())
        {
            var work = workload == Pgbench.TpcB ? "TPC-B-like, 8 clients" : "single-row inserts, 1 client";
            text.AppendLine().AppendLine($"Cost of commits, pgbench {work} (ratio to PostgreSQL alone):")
                .Append("".PadRight(First)).AppendLine("       per second    median ms            p99 ms");
            foreach (var key in report.Costs.Select(sample => sample.System).Distinct())
            {
                text.Append((key == SystemCatalogue.PostgreSql ? "PostgreSQL alone" : Figures.Name(key)).PadRight(First)).AppendLine(
                    $"{Cost(report, key, workload, sample => sample.Rate, "0"),17}" +
                    $"{Cost(report, key, workload, sample => sample.MedianMilliseconds, "0.00"),17}" +
                    $"{Cost(report, key, workload, sample => sample.HighMilliseconds, "0.00"),17}");
            }
        }

        foreach (var load in report.Loads)
        {
            text.AppendLine().AppendLine(
                $"{Figures.Name(load.System)}: {load.Minutes:0} minutes of pgbench and {load.Computing} computing processes, load average " +
                $"{load.LoadAverage:0.0}: {load.Changes} changes of primary, {load.Restarts} servers restarted");
        }

        foreach (var problem in report.Failures
            .Concat(report.Outcomes.SelectMany(row => row.Problems.Select(problem => $"{row.System} {row.Fault} {row.Round}: {problem}")))
            .Concat(report.Loads.SelectMany(load => load.Problems.Select(problem => $"{load.System} under load: {problem}"))))
        {
            text.AppendLine().AppendLine($"PROBLEM {problem}");
        }
    }

    /// <summary>Systems that a fault has struck.</summary>
    private static IEnumerable<(string Key, string Description)> Measured(Report report) =>
        report.Systems.Where(system => report.Rows(system.Key).Any());

    private static string Cost(Report report, string system, string workload, Func<CostSample, double> figure, string format)
    {
        var text = Figures.Number(report.Cost(system, workload, figure), format);
        return system != SystemCatalogue.PostgreSql && report.CostRatio(system, workload, figure) is { } ratio ? $"{text} ({ratio:0.000})" : text;
    }
}
