using System.Globalization;

namespace Holdfast.Core.Tests.Oath;

/// <summary>The oath holds in every run, whatever happens in whatever order.</summary>
public sealed class OathTests(ITestOutputHelper output)
{
    /// <summary>One seed to replay, with a trace.</summary>
    private const string SeedVariable = "HOLDFAST_SEED";
    /// <summary>How many seeds to try instead of what is written here.</summary>
    private const string CountVariable = "HOLDFAST_SEEDS";

    [Fact]
    public void The_oath_holds_over_some_runs() => Sweep(1, 300);

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_oath_holds_over_many_runs() => Sweep(1_000_000, AllTests.Runs(10_000));

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        for (var seed = 1; seed <= 5; seed++)
        {
            var first = new World(new WorldSpec { Seed = seed, Trace = true });
            var second = new World(new WorldSpec { Seed = seed, Trace = true });
            first.Run();
            second.Run();
            second.TraceLines.ShouldBe(first.TraceLines);
        }
    }

    [Fact]
    public void A_run_prints_what_happened_in_words()
    {
        var world = new World(new WorldSpec { Seed = 7, Trace = true });
        world.Run();
        world.TraceLines.ShouldContain(line => line.Contains("FAULT", StringComparison.Ordinal));
        world.TraceLines.ShouldContain(line => line.Contains("because", StringComparison.Ordinal));
    }

    private void Sweep(int first, int count)
    {
        if (Environment.GetEnvironmentVariable(CountVariable) is { } wanted)
        {
            count = int.Parse(wanted, CultureInfo.InvariantCulture);
        }

        if (int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var seed))
        {
            var world = new World(new WorldSpec { Seed = seed, Trace = true });
            var violation = world.Run();
            foreach (var line in world.TraceLines)
            {
                output.WriteLine(line);
            }

            violation.ShouldBeNull($"seed {seed}");
            return;
        }

        var failures = new List<string>();
        var fired = new SortedSet<string>(StringComparer.Ordinal);
        var promotions = 0;
        var acknowledged = 0L;
        for (var i = first; i < first + count; i++)
        {
            var world = new World(new WorldSpec { Seed = i });
            if (world.Run() is { } violation)
            {
                failures.Add($"seed {i}: {violation}");
            }

            promotions += world.Oath.Promotions;
            fired.UnionWith(world.Oath.RulesFired);
            acknowledged += world.Oath.Acknowledgements;
        }

        string.Join("\n", failures.Take(20)).ShouldBeEmpty($"{failures.Count} of {count} runs; run this test with {SeedVariable}=… for the trace of one");
        output.WriteLine($"{count} runs, {promotions} promotions, {acknowledged} acknowledged commits; rules that acted: {string.Join(" ", fired)}");
        fired.Count.ShouldBeGreaterThan(35, "the runs meet too few of the rules");
        promotions.ShouldBeGreaterThan(count / 2, "the runs are too peaceful to prove anything");
        acknowledged.ShouldBeGreaterThan(count * 50L);
    }
}
