using Holdfast.Core.Planning.Decisions;

namespace Holdfast.Core.Tests.Planning.Decisions;

public sealed class CloudReasonTests
{
    [Theory]
    [InlineData(CloudReason.AvoidLockIn, "test the exit")]
    [InlineData(CloudReason.NegotiationLeverage, "a tested exit")]
    [InlineData(CloudReason.EveryoneDoes, "your own objectives")]
    [InlineData(CloudReason.HigherAvailability, "smaller changes")]
    [InlineData(CloudReason.RegionMayBeLost, "a second region")]
    [InlineData(CloudReason.ProviderMayFail, "that backup")]
    [InlineData(CloudReason.CheaperPerService, "reserved capacity")]
    [InlineData(CloudReason.AlreadyThere, "move it")]
    [InlineData(CloudReason.RegulatorDemandsSecondProvider, "ask the supervisor")]
    public void An_invalid_reason_is_named_with_why_and_what_would_serve(CloudReason reason, string instead)
    {
        var verdict = CloudFootprint.Of(new CloudFacts { Reasons = [reason] }).Reasons.Single();
        verdict.IsValid.ShouldBeFalse();
        verdict.Why.ShouldNotBeNullOrWhiteSpace();
        verdict.Instead!.ShouldContain(instead);
    }

    /// <summary>Site Reliability Workbook, appendix C: 37 % and 31 % of triggers are one's own pushes, 2 % hardware.</summary>
    [Fact]
    public void Higher_availability_is_a_reason_only_where_the_clouds_are_the_weaker_part_and_two_regions_do_not_do()
    {
        const double Downtime = 0.001;
        var own = new CloudFacts
        {
            OwnAvailability = new(1 - (Downtime * 0.68)),
            RegionAvailability = new(1 - (Downtime * 0.02)),
            RequiredAvailability = new(0.99999),
        };
        var verdict = CloudReasons.Judge(CloudReason.HigherAvailability, own);
        verdict.IsValid.ShouldBeFalse();
        verdict.Why.ShouldContain("fail on both clouds alike");
        CloudReasons.Judge(CloudReason.HigherAvailability, own with { OwnAvailability = new(0.999999) }).IsValid.ShouldBeTrue();
        CloudReasons.Judge(CloudReason.HigherAvailability, own with { OwnAvailability = new(0.999999), RequiredAvailability = new(0.999) })
            .Why.ShouldContain("which is enough");
    }

    [Fact]
    public void Lock_in_is_measured_by_leaving_and_not_avoided_by_a_second_cloud()
    {
        CloudReasons.Judge(CloudReason.AvoidLockIn, new CloudFacts()).Why.ShouldStartWith("without an exit that was tried");
        CloudReasons.Judge(CloudReason.AvoidLockIn, new CloudFacts { ExitTested = true }).Why.ShouldStartWith("the exit was tested");
    }

    [Theory]
    [InlineData(CloudReason.RegulatorDemandsSecondProvider)]
    [InlineData(CloudReason.Residency)]
    [InlineData(CloudReason.ServiceOnlyThere)]
    [InlineData(CloudReason.AlreadyThere)]
    public void A_reason_that_the_facts_bear_out_is_valid(CloudReason reason)
    {
        var facts = new CloudFacts { RegulatorDemandsSecondProvider = true, SecondRegionAllowed = false, ProvidersMastered = 2 };
        var verdict = CloudReasons.Judge(reason, facts);
        verdict.IsValid.ShouldBeTrue();
        verdict.Instead.ShouldBeNull();
    }

    [Fact]
    public void Every_reason_has_words_of_its_own_and_is_judged_once()
    {
        var all = Enum.GetValues<CloudReason>();
        all.Select(CloudReasons.Words).Distinct().Count().ShouldBe(all.Length);
        var verdicts = CloudFootprint.Of(new CloudFacts { Reasons = [.. all, .. all] }).Reasons;
        verdicts.Select(verdict => verdict.Reason).ShouldBe(all);
        verdicts.All(verdict => verdict.Why.Length > 10 && verdict.IsValid == (verdict.Instead is null)).ShouldBeTrue();
    }
}
