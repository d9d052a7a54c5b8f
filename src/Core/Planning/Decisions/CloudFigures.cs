using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>What a shape makes of availability and money.</summary>
/// <param name="Platform">What the clouds make possible.</param>
/// <param name="Whole">With one's own software, changes and configuration, which no second cloud makes better.</param>
/// <param name="SpendAMonth">With what waits, and what is copied.</param>
public sealed record CloudFigures(CloudShape Shape, Probability Platform, Probability Whole, Money SpendAMonth)
{
    public TimeSpan PlatformDowntimeAYear => Availability.DowntimeAYear(Platform);
    public TimeSpan WholeDowntimeAYear => Availability.DowntimeAYear(Whole);

    public static CloudFigures Of(CloudFacts facts, CloudShape shape)
    {
        ArgumentNullException.ThrowIfNull(facts);
        var platform = PlatformOf(facts, shape);
        return new CloudFigures(shape, platform, Availability.Series([platform, facts.OwnAvailability]), SpendOf(facts, shape));
    }

    /// <summary>
    /// Parts that are all needed multiply; of two that stand in for each other both must fail, or the change-over: 1 − (1 − A)·(1 − B·f). With f = 1
    /// that is the rule for redundant parts (AWS Well-Architected, Reliability Pillar, "Availability"), which leaves out that a failover may fail.
    /// </summary>
    private static Probability PlatformOf(CloudFacts facts, CloudShape shape)
    {
        var one = Availability.Series([facts.RegionAvailability, facts.ProviderAvailability]);
        return shape switch
        {
            CloudShape.OneRegion => one,
            CloudShape.TwoRegions => Availability.Series(
                [Backed(facts.RegionAvailability, facts.RegionAvailability, facts.FailoverWorks), facts.ProviderAvailability]),
            CloudShape.ActivePassive => Backed(one, one, facts.FailoverWorks),
            _ => Backed(one, one, facts.ActiveFailoverWorks),
        };
    }

    private static Probability Backed(Probability first, Probability second, Probability works) => first.Not.And(second.And(works).Not).Not;

    private static Money SpendOf(CloudFacts facts, CloudShape shape) => shape switch
    {
        CloudShape.OneRegion => facts.Spend,
        CloudShape.TwoRegions => (facts.Spend * (1 + facts.PassiveShare.Value)) + (facts.RegionEgress * facts.CopiedAMonth.Gigabytes),
        CloudShape.ActivePassive => (facts.Spend * (1 + facts.PassiveShare.Value)) + (facts.ProviderEgress * facts.CopiedAMonth.Gigabytes),
        // Either side must be able to carry all of it when the other is gone.
        _ => (facts.Spend * 2) + (facts.ProviderEgress * facts.CopiedAMonth.Gigabytes),
    };
}
