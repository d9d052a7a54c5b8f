using Holdfast.FailoverBench.Faults;
using Holdfast.FailoverBench.Systems;

namespace Holdfast.FailoverBench.Reporting;

/// <summary>Figures and names as people read them; the same in the table, the chart and the fragment for a document.</summary>
internal static class Figures
{
    public const string Absent = "–";

    public static string Name(string system) => system switch
    {
        SystemCatalogue.PostgreSql => "PostgreSQL alone (limit)",
        SystemCatalogue.Holdfast => "Holdfast",
        SystemCatalogue.HoldfastGate => "Holdfast, by the gate",
        SystemCatalogue.Patroni => "Patroni, defaults",
        SystemCatalogue.PatroniTight => "Patroni, tight",
        SystemCatalogue.AutoFailover => "pg_auto_failover, def.",
        SystemCatalogue.AutoFailoverTight => "pg_auto_failover, tight",
        SystemCatalogue.Redis => "Redis alone (limit)",
        SystemCatalogue.HoldfastTight => "Holdfast, tight",
        SystemCatalogue.Sentinel => "Sentinel, defaults",
        SystemCatalogue.SentinelTight => "Sentinel, tight",
        SystemCatalogue.SentinelReplica => "Sentinel, tight, min 1",
        _ => system,
    };

    public static string Seconds(double? seconds) => seconds switch
    {
        null => Absent,
        double.PositiveInfinity => $"> {FaultRound.RecoveryLimit.TotalSeconds:0} s",
        < 10 => $"{seconds:0.00} s",
        _ => $"{seconds:0.0} s",
    };

    /// <summary>With how many times as long as Holdfast's that is, except for Holdfast itself.</summary>
    public static string Outage(Report report, string system, string fault)
    {
        var text = Seconds(report.Outage(system, fault));
        return system != SystemCatalogue.Holdfast && report.OutageRatio(system, fault) is { } ratio && double.IsFinite(ratio)
            ? $"{text} ({(ratio < 9.95 ? $"{ratio:0.0}" : $"{ratio:0}")}x)"
            : text;
    }

    public static string Count(long? number) => number?.ToString("N0") ?? "?";

    public static string Number(double? number, string format) => number?.ToString(format) ?? Absent;
}
