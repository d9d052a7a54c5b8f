using System.Collections.Immutable;
using System.Globalization;
using Holdfast.FailoverBench.Systems;
using Holdfast.Quickstart;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Writing;

namespace Holdfast.FailoverBench.Cost;

/// <summary>Runs pgbench against the primary of a system, directly, and reads what each transaction took.</summary>
internal sealed class Pgbench(DatabaseSystem system, MemberPlace primary)
{
    /// <summary>pgbench's own transaction, eight clients.</summary>
    public const string TpcB = "tpc-b";
    /// <summary>One client inserts one row a transaction: what a commit takes.</summary>
    public const string Insert = "insert";
    public static readonly ImmutableArray<string> Workloads = [TpcB, Insert];

    private const int Clients = 8;
    private const int Threads = 2;
    private const int Scale = 10;
    private const double MicrosecondsPerMillisecond = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly string _folder = Path.Combine(system.Place.Folder, "pgbench");

    private ImmutableDictionary<string, string> Environment => ImmutableDictionary<string, string>.Empty
        .Add("PGPASSFILE", system.Place.PasswordFile).Add("PGHOST", "127.0.0.1").Add("PGPORT", $"{primary.Port}")
        .Add("PGUSER", AppDatabase.Name).Add("PGDATABASE", AppDatabase.Name);

    /// <summary>Fills pgbench's tables, makes that for single rows, and writes everything dirty to disk.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_folder);
        await File.WriteAllTextAsync(Script, "insert into single (id) values (default);\n", cancellationToken);
        await Tool.RunAsync(Surroundings.PostgreSql("pgbench"), ["-i", "-q", "-s", $"{Scale}"], Environment, Patience, cancellationToken);
        await SqlAsync(
            "create table single (id bigint generated always as identity primary key, at timestamptz not null default now())", cancellationToken);
    }

    /// <summary>Writes down what is dirty, so that each run begins alike. As the server's own user.</summary>
    public async Task CheckpointAsync(CancellationToken cancellationToken) =>
        await Tool.RunAsync(
            Surroundings.PostgreSql("psql"),
            ["-X", "-q", "-h", primary.SocketDirectory, "-p", $"{primary.Port}", "-U", "postgres", "-d", "postgres", "-c", "checkpoint"],
            ImmutableDictionary<string, string>.Empty, Patience, cancellationToken);

    public async Task<CostSample> MeasureAsync(string workload, int round, TimeSpan span, CancellationToken cancellationToken)
    {
        var log = Path.Combine(_folder, $"{workload}-{round}");
        string[] what = workload == TpcB
            ? ["-c", $"{Clients}", "-j", $"{Threads}"]
            : ["-c", "1", "-f", Script];
        var printed = await Tool.RunAsync(
            Surroundings.PostgreSql("pgbench"),
            ["-n", "-M", "prepared", "-T", $"{span.TotalSeconds:0}", "-l", $"--log-prefix={log}", .. what],
            Environment, span + Patience, cancellationToken);
        var rate = printed.Split('\n').FirstOrDefault(line => line.StartsWith("tps = ", StringComparison.Ordinal))?.Split(' ')[2]
            ?? throw new QuickstartException($"pgbench prints no rate: {printed}");
        var files = Directory.GetFiles(_folder, $"{workload}-{round}.*");
        var times = files.SelectMany(File.ReadLines)
            .Select(line => double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture) / MicrosecondsPerMillisecond).Order().ToArray();
        Array.ForEach(files, File.Delete);
        return times.Length == 0
            ? throw new QuickstartException($"pgbench made no transaction on {system.Key} within {span.TotalSeconds:0} s")
            : new CostSample(
                system.Key, workload, round, double.Parse(rate, CultureInfo.InvariantCulture), At(times, 0.5), At(times, 0.99));
    }

    /// <summary>Runs without measuring, for so long.</summary>
    public Task LoadAsync(TimeSpan span, CancellationToken cancellationToken) =>
        Tool.RunAsync(
            Surroundings.PostgreSql("pgbench"), ["-n", "-M", "prepared", "-T", $"{span.TotalSeconds:0}", "-c", $"{Clients}", "-j", $"{Threads}"],
            Environment, span + Patience, cancellationToken);

    private string Script => Path.Combine(_folder, "insert.sql");

    private static double At(double[] sorted, double share) => sorted[Math.Clamp((int)Math.Ceiling(sorted.Length * share) - 1, 0, sorted.Length - 1)];

    private Task<string> SqlAsync(string statement, CancellationToken cancellationToken) =>
        Tool.RunAsync(Surroundings.PostgreSql("psql"), ["-X", "-q", "-c", statement], Environment, Patience, cancellationToken);
}
