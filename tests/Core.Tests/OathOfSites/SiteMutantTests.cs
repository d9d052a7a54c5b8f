using System.Globalization;
using Holdfast.Core.Tests.Oath;

namespace Holdfast.Core.Tests.OathOfSites;

/// <summary>The checks themselves are checked: what is wrong on purpose is noticed within so many seeds.</summary>
public sealed class SiteMutantTests(ITestOutputHelper output)
{
    private const int MaxSeeds = 4_000;
    private const int Batch = 16;

    public static TheoryData<string> Names => [.. SiteMutant.All.Select(mutant => mutant.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_wrong_rule_duty_or_driver_is_noticed(string name)
    {
        var mutant = SiteMutant.All.Single(each => each.Name == name);
        for (var from = mutant.FirstSeed; from < mutant.FirstSeed + MaxSeeds; from += Batch)
        {
            var noticed = new SortedDictionary<int, string>();
            Parallel.For(from, from + Batch, seed =>
            {
                var world = new World(SitesOathTests.Spec(seed) with
                {
                    Table = mutant.Rules,
                    Driver = mutant.Driver,
                    Sites = new SitesSpec { Duties = mutant.Duties },
                });
                if (world.Run() is { } violation)
                {
                    lock (noticed)
                    {
                        noticed.Add(seed, violation);
                    }
                }
            });
            if (noticed.Count > 0)
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {noticed.First().Key}: {noticed.First().Value}"));
                return;
            }
        }

        Assert.Fail($"not noticed in {MaxSeeds} runs: {name}");
    }
}
