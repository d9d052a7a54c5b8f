using System.Globalization;
using Holdfast.Core.Tests.Oath;

namespace Holdfast.Core.Tests.OathOfSites;

/// <summary>The oath holds over two sites in every run, whatever happens in whatever order.</summary>
public sealed class SitesOathTests(ITestOutputHelper output)
{
    private const string SeedVariable = "HOLDFAST_SEED";
    private const string CountVariable = "HOLDFAST_SEEDS";

    [Fact]
    public void The_oath_holds_over_a_hundred_runs_of_two_sites() => Sweep(1, 100);

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_oath_holds_over_many_runs_of_two_sites() => Sweep(101, AllTests.Runs(2_000));

    private void Sweep(int first, int count)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var seed))
        {
            var world = Run(seed, trace: true);
            foreach (var line in world.World.TraceLines)
            {
                output.WriteLine(line);
            }

            world.Violation.ShouldBeNull($"seed {seed}");
            return;
        }

        if (Environment.GetEnvironmentVariable(CountVariable) is { } wanted)
        {
            count = int.Parse(wanted, CultureInfo.InvariantCulture);
        }

        var fired = new SortedSet<string>(StringComparer.Ordinal);
        var (takings, failovers, lost, acknowledged) = (0, 0, 0, 0L);
        var failures = new SortedDictionary<int, string>();
        Parallel.For(first, first + count, i =>
        {
            var (world, violation) = Run(i, trace: false);
            lock (fired)
            {
                if (violation is not null)
                {
                    failures.Add(i, violation);
                }

                var oath = (SitesOath)world.Oath;
                fired.UnionWith(oath.RulesFired);
                (takings, failovers, lost) = (takings + oath.Takings, failovers + oath.Failovers, lost + oath.LostCommits);
                acknowledged += oath.Acknowledgements;
            }
        });
        output.WriteLine($"{count} runs, {takings} moves of the site, {failovers} of them failovers, {lost} commits lost of {acknowledged} acknowledged; " +
            $"rules that acted: {string.Join(" ", fired)}");
        string.Join("\n", failures.Take(30).Select(failure => $"seed {failure.Key}: {failure.Value}"))
            .ShouldBeEmpty($"{failures.Count} of {count} runs; run this test with {SeedVariable}=… for the trace of one");
    }

    private static (World World, string? Violation) Run(int seed, bool trace)
    {
        var world = new World(Spec(seed) with { Trace = trace });
        return (world, world.Run());
    }

    internal static WorldSpec Spec(int seed) => new() { Seed = seed, FaultsForMs = 12_000, HealthyWithinMs = 90_000, Sites = new SitesSpec() };
}
