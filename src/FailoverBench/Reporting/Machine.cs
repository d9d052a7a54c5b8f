using System.Collections.Immutable;
using System.Globalization;
using Holdfast.FailoverBench.Load;
using Holdfast.FailoverBench.Systems;
using Holdfast.Quickstart;

namespace Holdfast.FailoverBench.Reporting;

/// <summary>Where and with what it was measured: without it the figures mean nothing.</summary>
/// <param name="LoadBefore">Load average of the machine when the run began.</param>
internal sealed record Machine(
    string Date, string Processor, int Processors, double MemoryGibibytes, string Kernel, double LoadBefore,
    ImmutableArray<(string Program, string Version)> Versions)
{
    private const double KibibytesPerGibibyte = 1024 * 1024;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    public string Hardware => $"{Processors} x {Processor}, {MemoryGibibytes:0} GiB, Linux {Kernel}";

    public string Software => string.Join(", ", Versions.Select(one => $"{one.Program} {one.Version}"));

    public static async Task<Machine> LookAsync(
        StoreKind kind, string holdfast, TimeProvider time, CancellationToken cancellationToken)
    {
        (string Name, string Program, string[] Arguments)[] asked =
        [
            ("Holdfast", holdfast, ["--version"]), ("etcd", "etcd", ["--version"]),
            .. kind == StoreKind.Redis
                ? ((string, string, string[])[])[("Redis and Sentinel", Surroundings.Redis("redis-server"), ["--version"])]
                :
                [
                    ("PostgreSQL", Surroundings.PostgreSql("postgres"), ["--version"]), ("Patroni", "patroni", ["--version"]),
                    ("pg_auto_failover", "pg_autoctl", ["version"]),
                ],
        ];
        var versions = ImmutableArray.CreateBuilder<(string, string)>();
        foreach (var (name, program, arguments) in asked)
        {
            versions.Add((name, await VersionAsync(program, arguments, cancellationToken)));
        }

        var memory = File.ReadLines("/proc/meminfo").First(line => line.StartsWith("MemTotal:", StringComparison.Ordinal));
        return new Machine(
            time.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            File.ReadLines("/proc/cpuinfo")
                .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[1] ?? "unknown",
            Environment.ProcessorCount,
            double.Parse(memory.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / KibibytesPerGibibyte,
            File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), LoadStage.LoadAverage(), versions.ToImmutable());
    }

    /// <summary>The first word of the output that begins with a digit, by itself or after <c>v=</c>.</summary>
    private static async Task<string> VersionAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        try
        {
            var printed = await Tool.RunAsync(program, arguments, ImmutableDictionary<string, string>.Empty, Deadline, cancellationToken);
            return printed.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
                .Select(word => word.StartsWith("v=", StringComparison.Ordinal) ? word[2..] : word)
                .FirstOrDefault(word => char.IsAsciiDigit(word[0])) ?? printed.Trim();
        }
        catch (Exception fault) when (fault is QuickstartException or System.ComponentModel.Win32Exception)
        {
            return "(not installed)";
        }
    }
}
