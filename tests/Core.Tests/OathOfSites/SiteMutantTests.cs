using System.Globalization;
using Holdfast.Core.Tests.Oath;

namespace Holdfast.Core.Tests.OathOfSites;

/// <summary>The checks themselves are checked: what is wrong on purpose is noticed within so many seeds.</summary>
public sealed class SiteMutantTests(ITestOutputHelper output)
{
    private const int MaxSeeds = 4_000;
    private const int Batch = 16;

    public static TheoryData<string> Plain => Rows(SiteMutant.All.Where(mutant => mutant.FirstSeed == 1));
    public static TheoryData<string> Rare => Rows(SiteMutant.All.Where(mutant => mutant.FirstSeed > 1));

    [Theory]
    [MemberData(nameof(Plain))]
    public void A_wrong_rule_duty_or_driver_is_noticed(string name) => Search(name);

    [Theory]
    [Trait("Speed", "Slow")]
    [MemberData(nameof(Rare))]
    public void One_that_few_runs_notice_is_noticed(string name) => Search(name);

    private static TheoryData<string> Rows(IEnumerable<SiteMutant> mutants) =>
    [
        .. mutants.Select(mutant => new TheoryDataRow<string>(mutant.Name)
        {
            Skip = mutant.Unnoticed ? $"{mutant.Name}: no run has noticed this yet that holds without it" : null,
        }),
    ];

    private void Search(string name)
    {
        var mutant = SiteMutant.All.Single(each => each.Name == name);
        for (var from = mutant.FirstSeed; from < mutant.FirstSeed + MaxSeeds; from += Batch)
        {
            var noticed = new SortedDictionary<int, string>();
            Parallel.For(from, from + Batch, seed =>
            {
                var right = SitesOathTests.Spec(seed) with { Sites = mutant.Sites };
                var world = new World(right with { Table = mutant.Rules, Driver = mutant.Driver, Sites = mutant.Sites with { Duties = mutant.Duties } });
                // A run that is bad without the mutant as well notices nothing.
                if (world.Run() is { } violation && new World(right).Run() is null)
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
