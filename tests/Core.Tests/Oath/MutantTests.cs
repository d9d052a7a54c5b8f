namespace Holdfast.Core.Tests.Oath;

/// <summary>The checks themselves are checked: rules and drivers that are wrong on purpose are noticed within so many seeds.</summary>
public sealed class MutantTests(ITestOutputHelper output)
{
    private const int MaxSeeds = 4_000;

    public static TheoryData<string> Names => [.. Mutant.All.Select(mutant => mutant.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_wrong_rule_or_driver_is_noticed(string name)
    {
        var mutant = Mutant.All.Single(each => each.Name == name);
        for (var seed = mutant.FirstSeed; seed < mutant.FirstSeed + MaxSeeds; seed++)
        {
            var world = new World(new WorldSpec { Seed = seed, Table = mutant.Table, Driver = mutant.Driver, HealthyWithinMs = 20_000 });
            if (world.Run() is { } violation)
            {
                output.WriteLine($"seed {seed}: {violation}");
                return;
            }
        }

        Assert.Fail($"not noticed in {MaxSeeds} runs: {name}");
    }
}
