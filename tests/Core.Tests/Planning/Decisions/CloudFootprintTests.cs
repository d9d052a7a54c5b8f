using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Tests.Planning.Decisions;

public sealed class CloudFootprintTests
{
    /// <summary>Who could run two clouds, and may.</summary>
    private static readonly CloudFacts Able = new()
    {
        TeamSize = 16,
        ProvidersMastered = 2,
        PortableShare = Probability.Certain,
        ExitTested = true,
    };

    [Fact]
    public void With_nothing_said_it_is_one_region_and_the_exit_is_to_be_tested()
    {
        var footprint = CloudFootprint.Of(new CloudFacts());
        footprint.Decision.Chosen!.Name.ShouldBe("one provider, one region");
        footprint.Conditions.ShouldContain(sentence => sentence.StartsWith("Test the exit once a year", StringComparison.Ordinal));
        CloudFootprint.Of(new CloudFacts { ExitTested = true }).Conditions
            .ShouldNotContain(sentence => sentence.Contains("exit", StringComparison.Ordinal));
    }

    [Fact]
    public void Even_who_could_run_two_clouds_stays_with_one_as_long_as_it_suffices() => Chosen(Able).ShouldBe("one provider, one region");

    /// <summary>AWS, Reliability Pillar: three of 99.99 % that are all needed make 99.97 %; two redundant ones of 99.9 % make 99.9999 %.</summary>
    [Fact]
    public void Parts_in_a_row_multiply_and_two_that_stand_in_for_each_other_fail_together_only()
    {
        Availability.Series([new(0.9999), new(0.9999), new(0.9999)]).Value.ShouldBe(0.9997, 1e-7);
        var ideal = new CloudFacts
        {
            RegionAvailability = new(0.999),
            ProviderAvailability = Probability.Certain,
            FailoverWorks = Probability.Certain,
            OwnAvailability = Probability.Certain,
        };
        Platform(ideal, CloudShape.OneRegion).ShouldBe(0.999, 1e-9);
        Platform(ideal, CloudShape.TwoRegions).ShouldBe(0.999999, 1e-9);
        Platform(ideal, CloudShape.ActivePassive).ShouldBe(0.999999, 1e-9);
    }

    [Fact]
    public void A_failover_that_does_not_work_makes_two_as_good_as_one_and_what_regions_share_caps_them()
    {
        var never = new CloudFacts { FailoverWorks = Probability.Never };
        Platform(never, CloudShape.TwoRegions).ShouldBe(Platform(never, CloudShape.OneRegion), 1e-12);
        var ideal = new CloudFacts { FailoverWorks = Probability.Certain, RegionAvailability = new(0.999999) };
        Platform(ideal, CloudShape.TwoRegions).ShouldBe(ideal.ProviderAvailability.Value, 1e-9);
    }

    [Fact]
    public void More_availability_than_one_region_gives_takes_two_and_more_than_two_give_takes_two_providers()
    {
        Chosen(Able with { RequiredAvailability = new(0.9997) }).ShouldBe("one provider, two regions");
        Chosen(Able with { RequiredAvailability = new(0.9999) }).ShouldBe("two providers, one active");
        CloudFootprint.Of(new CloudFacts { RequiredAvailability = new(0.9999) }).Decision.Chosen.ShouldBeNull("the team cannot run two");
    }

    [Fact]
    public void One_own_software_that_fails_more_often_than_is_allowed_is_named_whatever_the_clouds_do() =>
        CloudFootprint.Of(Able with { RequiredAvailability = new(0.9997) }).Conditions
            .ShouldContain(sentence => sentence.StartsWith("99.97 % will not be reached", StringComparison.Ordinal));

    /// <summary>Regulation (EU) 2022/2554, Article 28(8): exit plans that are documented and sufficiently tested; no second provider.</summary>
    [Fact]
    public void A_regulator_who_demands_an_exit_plan_gets_one_and_no_second_cloud()
    {
        var footprint = CloudFootprint.Of(new CloudFacts { RegulatorDemandsExitPlan = true, Reasons = [CloudReason.RegulatorDemandsExitPlan] });
        footprint.Decision.Chosen!.Name.ShouldBe("one provider, one region");
        footprint.Conditions.ShouldContain("The regulator demands a documented and tested exit plan: it is missing now.");
        footprint.Reasons.Single().IsValid.ShouldBeFalse();
        footprint.Reasons.Single().Instead.ShouldBe("one provider, and a tested exit");
    }

    [Fact]
    public void A_regulator_who_demands_a_second_provider_rules_out_one()
    {
        var facts = Able with { RegulatorDemandsSecondProvider = true, Reasons = [CloudReason.RegulatorDemandsSecondProvider] };
        GatesOf(facts, CloudShape.OneRegion).ShouldBe(["the regulator demands a second provider"]);
        GatesOf(facts, CloudShape.TwoRegions).ShouldBe(["the regulator demands a second provider"]);
        Chosen(facts).ShouldBe("two providers, one active");
        CloudFootprint.Of(facts).Reasons.Single().IsValid.ShouldBeTrue();
    }

    [Fact]
    public void Data_that_must_stay_rule_out_what_is_elsewhere()
    {
        GatesOf(Able with { SecondRegionAllowed = false }, CloudShape.TwoRegions)
            .ShouldBe(["the provider has no second region where the data may be"]);
        GatesOf(Able with { SecondProviderAllowed = false }, CloudShape.ActivePassive).ShouldBe(["no second provider may have the data"]);
    }

    [Fact]
    public void Two_clouds_need_people_who_know_both_and_services_that_both_have()
    {
        GatesOf(Able with { ProvidersMastered = 1 }, CloudShape.ActivePassive)
            .ShouldBe(["nobody of the team has run anything serious on a second provider"]);
        GatesOf(Able with { PortableShare = new(0.4) }, CloudShape.ActivePassive)
            .ShouldBe(["40 % of the services exist elsewhere: more would be written twice than once"]);
        GatesOf(Able with { PortableShare = new(0.8) }, CloudShape.ActivePassive).ShouldBeEmpty();
        GatesOf(Able with { PortableShare = new(0.8) }, CloudShape.ActiveActive)
            .ShouldBe(["80 % of the services exist elsewhere: what is on one side only fails on the other"]);
    }

    [Fact]
    public void Two_that_both_serve_need_two_rotations_and_a_short_way()
    {
        GatesOf(Able with { TeamSize = 15 }, CloudShape.ActiveActive).ShouldBe(["15 people cannot be on call for two platforms that both serve"]);
        GatesOf(Able with { TeamSize = 16 }, CloudShape.ActiveActive).ShouldBeEmpty();
        GatesOf(Able with { ProviderRoundTrip = TimeSpan.FromMilliseconds(11) }, CloudShape.ActiveActive)
            .ShouldBe(["a commit waits 11 ms for the other side, of 10 ms it may"]);
    }

    [Fact]
    public void What_waits_and_what_is_copied_is_paid()
    {
        var facts = new CloudFacts { Spend = new Money(1000), PassiveShare = new(0.25), CopiedAMonth = new ByteCount(2e12) };
        CloudFootprint.Of(facts).Figures.Select(one => one.SpendAMonth.Amount).ShouldBe([1000, 1250 + 40, 1250 + 180, 2000 + 180], 1e-6);
    }

    [Fact]
    public void Impossible_facts_are_refused()
    {
        Should.Throw<ImpossibleException>(() => CloudFootprint.Of(new CloudFacts { TeamSize = 0 })).Message.ShouldContain("0 people");
        Should.Throw<ImpossibleException>(() => CloudFootprint.Of(new CloudFacts { Spend = Money.Zero }));
    }

    private static string? Chosen(CloudFacts facts) => CloudFootprint.Of(facts).Decision.Chosen?.Name;

    private static double Platform(CloudFacts facts, CloudShape shape) => CloudFigures.Of(facts, shape).Platform.Value;

    private static string[] GatesOf(CloudFacts facts, CloudShape shape) =>
        [.. CloudFootprint.Of(facts).Decision.Options[(int)shape].Gates.Select(gate => gate.What)];
}
