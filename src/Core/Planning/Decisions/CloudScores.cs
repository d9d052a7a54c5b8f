using System.Collections.Immutable;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>How a shape does, criterion by criterion, in the order of <see cref="CloudFootprint.Criteria"/>.</summary>
internal static class CloudScores
{
    /// <summary>One rotation around the clock at one place: eight. "Site Reliability Engineering", chapter 11.</summary>
    private const int OneRotation = 8;

    public static ImmutableArray<Score> Of(CloudFacts facts, CloudFigures figures) =>
    [
        Reached(facts, figures), Cost(facts, figures), Work(facts, figures.Shape), Exit(facts, figures.Shape),
        Portability(facts, figures.Shape), Latency(facts, figures.Shape),
    ];

    private static Score Reached(CloudFacts facts, CloudFigures figures)
    {
        var allowed = facts.RequiredAvailability.Not.Value;
        var used = figures.Platform.Not.Value;
        var points = used == 0 ? Score.Best : allowed == 0 ? 0 : Steps.UpTo(used / allowed, 0.1, 0.25, 0.5, 0.75, 1);
        return new Score(points, $"{QuantityText.Of(figures.PlatformDowntimeAYear)} a year of the clouds' own, "
            + $"of {QuantityText.Of(Physics.Availability.DowntimeAYear(facts.RequiredAvailability))} that are allowed");
    }

    private static Score Cost(CloudFacts facts, CloudFigures figures)
    {
        var times = figures.SpendAMonth.Amount / facts.Spend.Amount;
        return new Score(
            Steps.UpTo(times, 1, 1.15, 1.35, 1.75, 2.5), times == 1 ? "what one region costs" : $"{QuantityText.Digits(times)} times what one region costs");
    }

    private static Score Work(CloudFacts facts, CloudShape shape)
    {
        var rotations = facts.TeamSize >= 2 * OneRotation ? 2 : facts.TeamSize >= OneRotation ? 1 : 0;
        return shape switch
        {
            CloudShape.OneRegion => new Score(5, "one platform, in one place"),
            CloudShape.TwoRegions => new Score(rotations > 0 ? 4 : 3, $"the same platform twice, for {facts.TeamSize} people"),
            CloudShape.ActivePassive => new Score(rotations, $"two platforms, one of them seldom touched, for {facts.TeamSize} people"),
            _ => new Score(rotations > 1 ? 1 : 0, $"two platforms that must both work at any time, for {facts.TeamSize} people"),
        };
    }

    private static Score Exit(CloudFacts facts, CloudShape shape) => (CloudGates.UsesTwoProviders(shape), facts.ExitTested) switch
    {
        (false, true) => new Score(3, "has been tried: it takes long, and it works"),
        (false, false) => new Score(0, "has never been tried"),
        (true, false) => new Score(shape == CloudShape.ActiveActive ? 4 : 3, "the other provider runs; leaving the first for good was never tried"),
        _ => new Score(shape == CloudShape.ActiveActive ? 5 : 4, "the other provider runs, and leaving was tried"),
    };

    private static Score Portability(CloudFacts facts, CloudShape shape) => CloudGates.UsesTwoProviders(shape)
        ? new Score(Steps.OfShare(facts.PortableShare.Value),
            $"{QuantityText.Percent(facts.PortableShare.Value)} of the services exist on both sides")
        : new Score(5, "the same services in every region, as far as it is used");

    private static Score Latency(CloudFacts facts, CloudShape shape) => shape switch
    {
        CloudShape.OneRegion => new Score(5, "nothing waits for another region"),
        CloudShape.ActiveActive => new Score(
            Math.Min(4, Steps.Used(facts.ProviderRoundTrip, facts.LatencyBudget)),
            $"a commit waits {QuantityText.Of(facts.ProviderRoundTrip)}, of {QuantityText.Of(facts.LatencyBudget)} that it may"),
        _ => new Score(4, "the other side follows; readers there see the past"),
    };
}
