using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Tests.Planning.Decisions;

/// <summary>What holds for all combinations of what decides.</summary>
public sealed class CloudPropertyTests
{
    private static IEnumerable<CloudFacts> Situations => Better.Grid(
        new CloudFacts(),
        [facts => facts, facts => facts with { RequiredAvailability = new(0.9997) }, facts => facts with { RequiredAvailability = new(0.99995) }],
        [facts => facts, facts => facts with { RegulatorDemandsSecondProvider = true }],
        [facts => facts, facts => facts with { ExitTested = true }],
        [facts => facts, facts => facts with { SecondRegionAllowed = false }, facts => facts with { SecondProviderAllowed = false }],
        [facts => facts, facts => facts with { TeamSize = 8 }, facts => facts with { TeamSize = 12 }, facts => facts with { TeamSize = 20 }],
        [facts => facts, facts => facts with { ProvidersMastered = 2 }],
        [facts => facts, facts => facts with { PortableShare = new(0.3) }, facts => facts with { PortableShare = new(0.95) }],
        [facts => facts, facts => facts with { ProviderRoundTrip = TimeSpan.FromMilliseconds(30) }],
        [facts => facts, facts => facts with { CopiedAMonth = new ByteCount(1e14) }]);

    /// <summary>What makes things better.</summary>
    private static readonly Dictionary<string, Func<CloudFacts, CloudFacts>> Improvements = new()
    {
        ["a lower demand"] = facts => facts with { RequiredAvailability = new(0.99) },
        ["no demand for a second provider"] = facts => facts with { RegulatorDemandsSecondProvider = false },
        ["a tested exit"] = facts => facts with { ExitTested = true },
        ["a second region"] = facts => facts with { SecondRegionAllowed = true },
        ["a second provider"] = facts => facts with { SecondProviderAllowed = true },
        ["more people"] = facts => facts with { TeamSize = facts.TeamSize + 4 },
        ["another provider mastered"] = facts => facts with { ProvidersMastered = facts.ProvidersMastered + 1 },
        ["less to copy"] = facts => facts with { CopiedAMonth = facts.CopiedAMonth * 0.5 },
        ["cheaper traffic"] = facts => facts with { ProviderEgress = facts.ProviderEgress * 0.5, RegionEgress = facts.RegionEgress * 0.5 },
        ["cheaper waiting"] = facts => facts with { PassiveShare = new(facts.PassiveShare.Value / 2) },
        ["more portable services"] = facts => facts with { PortableShare = new(Math.Min(1, facts.PortableShare.Value + 0.2)) },
        ["a larger budget for latency"] = facts => facts with { LatencyBudget = facts.LatencyBudget * 4 },
        ["a shorter way"] = facts => facts with { ProviderRoundTrip = facts.ProviderRoundTrip / 4 },
        ["better regions"] = facts => facts with { RegionAvailability = new(0.9999) },
        ["better providers"] = facts => facts with { ProviderAvailability = new(0.99999) },
        ["drilled failovers"] = facts => facts with { FailoverWorks = new(0.99), ActiveFailoverWorks = new(0.999) },
    };

    public static TheoryData<string> Changes => [.. Improvements.Keys];

    [Fact]
    public void Every_decision_is_sound()
    {
        foreach (var facts in Situations)
        {
            var footprint = CloudFootprint.Of(facts);
            footprint.Decision.ShouldBeSound();
            Better.Check(
                footprint.Figures.All(one => one.Whole <= facts.OwnAvailability && one.Whole <= one.Platform), "better than its parts", facts);
        }
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_better_fact_never_lowers_an_option(string name)
    {
        foreach (var facts in Situations)
        {
            var (before, after) = (CloudFootprint.Of(facts).Decision, CloudFootprint.Of(Improvements[name](facts)).Decision);
            foreach (var (better, worse) in after.Options.Zip(before.Options))
            {
                better.ShouldNotBeLessThan(worse, () => $"{name}: {Better.Told(facts)}");
            }
        }
    }

    [Fact]
    public void One_provider_is_left_only_where_a_gate_rules_it_out()
    {
        foreach (var facts in Situations.Where(facts => facts.ExitTested))
        {
            var decision = CloudFootprint.Of(facts).Decision;
            Better.Check(!decision.Options[0].CanBeHad || decision.Chosen == decision.Options[0], "more than one region without need", facts);
        }
    }
}
