using System.Collections.Immutable;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>Why a shape cannot be had, and what would open it.</summary>
internal static class CloudGates
{
    /// <summary>
    /// Each platform needs a rotation of its own, and at one place that is eight people. B. Beyer et al., "Site Reliability Engineering", chapter 11: eight
    /// at one place (or six at each of two), or on-call eats more than a quarter of their time.
    /// </summary>
    public const int TwoRotations = 16;

    /// <summary>Below this, more would be written twice than once. A judgement, not a measurement.</summary>
    public const double PortableForPassive = 0.5;

    /// <summary>Both sides serve all requests: what exists on one side only is a request that fails on the other. A judgement too.</summary>
    public const double PortableForActive = 0.9;

    public static ImmutableArray<Gate> Of(CloudFacts facts, CloudFigures figures) =>
        [.. OfRules(facts, figures.Shape), .. OfAvailability(facts, figures), .. OfWork(facts, figures.Shape)];

    public static bool UsesTwoProviders(CloudShape shape) => shape is CloudShape.ActivePassive or CloudShape.ActiveActive;

    private static IEnumerable<Gate> OfRules(CloudFacts facts, CloudShape shape)
    {
        if (facts.RegulatorDemandsSecondProvider && !UsesTwoProviders(shape))
        {
            yield return new Gate("the regulator demands a second provider", "the regulator's word, in writing, that a tested exit will do");
        }

        if (shape == CloudShape.TwoRegions && !facts.SecondRegionAllowed)
        {
            yield return new Gate("the provider has no second region where the data may be", "a provider with two, or leave to keep them elsewhere");
        }

        if (UsesTwoProviders(shape) && !facts.SecondProviderAllowed)
        {
            yield return new Gate("no second provider may have the data", "a second provider where they may be, or encryption that the rules accept");
        }
    }

    private static IEnumerable<Gate> OfAvailability(CloudFacts facts, CloudFigures figures)
    {
        if (figures.Platform < facts.RequiredAvailability)
        {
            yield return new Gate(
                $"{QuantityText.Available(figures.Platform)} is what it gives, {QuantityText.Available(facts.RequiredAvailability)} are required",
                "a lower demand, better regions, or failovers that are drilled until they work");
        }
    }

    private static IEnumerable<Gate> OfWork(CloudFacts facts, CloudShape shape)
    {
        if (!UsesTwoProviders(shape))
        {
            yield break;
        }

        if (facts.ProvidersMastered < 2)
        {
            yield return new Gate("nobody of the team has run anything serious on a second provider", "people who have, before the need is there");
        }

        var (portable, why) = shape == CloudShape.ActiveActive
            ? (PortableForActive, "what is on one side only fails on the other")
            : (PortableForPassive, "more would be written twice than once");
        if (facts.PortableShare.Value < portable)
        {
            yield return new Gate(
                $"{QuantityText.Percent(facts.PortableShare.Value)} of the services exist elsewhere: {why}",
                $"at least {QuantityText.Percent(portable)} behind interfaces that others have");
        }

        if (shape != CloudShape.ActiveActive)
        {
            yield break;
        }

        if (facts.TeamSize < TwoRotations)
        {
            var people = facts.TeamSize == 1 ? "one person" : $"{facts.TeamSize} people";
            yield return new Gate($"{people} cannot be on call for two platforms that both serve", $"{TwoRotations}: eight for each");
        }

        if (facts.ProviderRoundTrip > facts.LatencyBudget)
        {
            yield return new Gate(
                $"a commit waits {QuantityText.Of(facts.ProviderRoundTrip)} for the other side, of {QuantityText.Of(facts.LatencyBudget)} it may",
                "regions of both that are nearer to each other, or one side that writes");
        }
    }
}
