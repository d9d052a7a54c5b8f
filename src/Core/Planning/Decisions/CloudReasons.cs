using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>What a reason for several clouds is worth, with these facts.</summary>
/// <param name="Why">Why it holds, or why not.</param>
/// <param name="Instead">What would serve the wish. Null: the reason holds.</param>
public sealed record ReasonVerdict(CloudReason Reason, bool IsValid, string Why, string? Instead);

/// <summary>
/// Judges reasons. That most outages are one's own making: of the triggers of Google's incidents, 37 % were a new program and 31 % a new
/// configuration, 2 % hardware (B. Beyer et al., "The Site Reliability Workbook", appendix C, "Results of Postmortem Analysis"); a second cloud gets
/// the same program and the same configuration. That an account can go with all its regions: Google Cloud, "Sharing details on a recent incident
/// impacting one of our customers", May 2024; what brought the customer back were backups that another party kept as well.
/// </summary>
public static class CloudReasons
{
    public static ReasonVerdict Judge(CloudReason reason, CloudFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        return reason switch
        {
            CloudReason.RegulatorDemandsSecondProvider => When(
                reason, facts.RegulatorDemandsSecondProvider, "the demand is in writing",
                "no such demand is declared; supervisors ask for an exit that works, and for knowing one's concentration",
                "a tested exit; ask the supervisor, and declare the answer"),
            CloudReason.RegulatorDemandsExitPlan => Not(
                reason,
                facts.RegulatorDemandsExitPlan ? "an exit plan is a plan that was tried, not a second cloud that runs" : "no such demand is declared",
                "one provider, and a tested exit"),
            CloudReason.Residency => When(
                reason, !facts.SecondRegionAllowed && facts.SecondProviderAllowed,
                "the provider has one region only where data may be, and another one is there",
                facts.SecondProviderAllowed ? "the provider has a second region where the data may be" : "no other provider may have them either",
                "a second region of the same provider, or none"),
            CloudReason.RegionMayBeLost => Not(
                reason, "regions of one provider fail apart, but for what they share", "a second region of the same provider"),
            CloudReason.ServiceOnlyThere => new ReasonVerdict(
                reason, true, "those who need a service that only another cloud has use it there; the rest need not follow", null),
            CloudReason.AlreadyThere => When(
                reason, facts.ProvidersMastered >= 2, $"{facts.ProvidersMastered} providers are run by people who know them",
                "nobody of this team runs the other one", "move it, or leave it to those who run it"),
            CloudReason.ProviderMayFail => Not(
                reason, "a provider that ends, or deletes an account with all its regions, is survived with a backup that another party keeps",
                facts.ExitTested ? "that backup, and the exit that you have tested" : "that backup, and a tested exit"),
            CloudReason.AvoidLockIn => LockIn(facts),
            CloudReason.NegotiationLeverage => Not(
                reason, "a split bill earns smaller discounts at both, and the seller knows what leaving costs you",
                facts.ExitTested ? "what your exit takes, as measured: that is leverage" : "a tested exit: knowing what it takes is leverage"),
            CloudReason.HigherAvailability => Available(facts),
            CloudReason.EveryoneDoes => Not(
                reason, "what others run says nothing about your objectives, and most of them run different things on different clouds",
                "what your own objectives demand"),
            _ => Cheaper(facts),
        };
    }

    private static ReasonVerdict LockIn(CloudFacts facts) => facts.ExitTested
        ? Not(CloudReason.AvoidLockIn, "the exit was tested, so what holds you is known; a second cloud adds what holds you to both",
            "test the exit each year")
        : Not(CloudReason.AvoidLockIn, "without an exit that was tried nobody knows what holds you; running on two clouds ties you to what both have",
            "name what is not portable, and test the exit");

    private static ReasonVerdict Available(CloudFacts facts)
    {
        var two = CloudFigures.Of(facts, CloudShape.TwoRegions);
        var needed = two.Platform < facts.RequiredAvailability;
        var ownIsWorse = facts.OwnAvailability < two.Platform;
        return (needed, ownIsWorse) switch
        {
            (true, false) => new ReasonVerdict(
                CloudReason.HigherAvailability, true,
                $"two regions of one provider give {QuantityText.Available(two.Platform)}, less than required, and your own part is better", null),
            (_, true) => Not(
                CloudReason.HigherAvailability,
                $"your own software and changes are at {QuantityText.Available(facts.OwnAvailability)}, worse than two regions with "
                    + $"{QuantityText.Available(two.Platform)}, and fail on both clouds alike",
                "smaller changes, rolled out step by step, and quickly back"),
            _ => Not(
                CloudReason.HigherAvailability, $"two regions of one provider give {QuantityText.Available(two.Platform)}, which is enough",
                "a second region, if any"),
        };
    }

    private static ReasonVerdict Cheaper(CloudFacts facts)
    {
        var copied = facts.ProviderEgress * facts.CopiedAMonth.Gigabytes;
        return Not(
            CloudReason.CheaperPerService,
            $"copying what they share costs {QuantityText.Digits(copied.Amount)} a month at these prices, and a second team comes on top",
            "reserved capacity at one provider");
    }

    private static ReasonVerdict When(CloudReason reason, bool holds, string why, string whyNot, string instead) =>
        holds ? new ReasonVerdict(reason, true, why, null) : Not(reason, whyNot, instead);

    private static ReasonVerdict Not(CloudReason reason, string why, string instead) => new(reason, false, why, instead);

    /// <summary>What people call it.</summary>
    public static string Words(CloudReason reason) => reason switch
    {
        CloudReason.RegulatorDemandsSecondProvider => "the regulator demands a second provider",
        CloudReason.RegulatorDemandsExitPlan => "the regulator demands an exit plan",
        CloudReason.Residency => "data must stay somewhere",
        CloudReason.RegionMayBeLost => "a region may be lost",
        CloudReason.ServiceOnlyThere => "a service that only the other has",
        CloudReason.AlreadyThere => "we are on both already",
        CloudReason.ProviderMayFail => "the provider may fail, or bar us",
        CloudReason.AvoidLockIn => "to avoid lock-in",
        CloudReason.NegotiationLeverage => "leverage in negotiations",
        CloudReason.HigherAvailability => "higher availability",
        CloudReason.EveryoneDoes => "everyone does",
        _ => "each service where it is cheapest",
    };
}
