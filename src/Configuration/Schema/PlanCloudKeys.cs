using System.Collections.Immutable;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;
using Of = Holdfast.Configuration.Schema.DecisionKeys<Holdfast.Core.Planning.Decisions.CloudFacts>;

namespace Holdfast.Configuration.Schema;

/// <summary><c>planning.cloud:</c></summary>
internal static class PlanCloudKeys
{
    public static readonly DecisionKey<CloudFacts, double> Spend = Of.Price(
        "spend", facts => facts.Spend, (facts, value) => facts with { Spend = value },
        "What the platform costs in one region, for a month. Other shapes are compared with it.");

    public static readonly DecisionKey<CloudFacts, ImmutableArray<Located<CloudReason>>> Reasons = Of.List<CloudReason>(
        "reasons", "reasons", (facts, value) => facts with { Reasons = value }, "Why somebody wants several clouds; each is judged.");

    public static readonly DecisionKey<CloudFacts, double> Required = Of.Share(
        "required-availability", facts => facts.RequiredAvailability, (facts, value) => facts with { RequiredAvailability = value },
        "What users are to see, on average over a year.");

    public static readonly ImmutableArray<DecisionKey<CloudFacts>> All =
    [
        Required,
        Of.YesNo(
            "regulator-demands-exit-plan", facts => facts.RegulatorDemandsExitPlan, (facts, value) => facts with { RegulatorDemandsExitPlan = value },
            "A supervisor wants a documented and tested exit."),
        Of.YesNo(
            "regulator-demands-second-provider", facts => facts.RegulatorDemandsSecondProvider,
            (facts, value) => facts with { RegulatorDemandsSecondProvider = value },
            "A supervisor has demanded, in writing, that a second provider can take over."),
        Of.YesNo(
            "exit-tested", facts => facts.ExitTested, (facts, value) => facts with { ExitTested = value },
            "The exit has been tried within a year: data out, and a part of the system up elsewhere."),
        Of.YesNo(
            "second-region-allowed", facts => facts.SecondRegionAllowed, (facts, value) => facts with { SecondRegionAllowed = value },
            "Where data may be, the provider has a second region."),
        Of.YesNo(
            "second-provider-allowed", facts => facts.SecondProviderAllowed, (facts, value) => facts with { SecondProviderAllowed = value },
            "Where data may be, there is a second provider that may have them."),
        Of.Whole(
            "team-size", 1, 100_000, facts => facts.TeamSize, (facts, value) => facts with { TeamSize = value }, "Who can be woken for the platform."),
        Of.Whole(
            "providers-mastered", 1, 100, facts => facts.ProvidersMastered, (facts, value) => facts with { ProvidersMastered = value },
            "Providers that this team already runs something serious on."),
        Of.Bytes(
            "copied-a-month", facts => facts.CopiedAMonth.Bytes, (facts, value) => facts with { CopiedAMonth = new ByteCount(value) },
            "What would have to be copied to another region or provider in a month.", orNothing: true),
        Of.Price(
            "region-egress", facts => facts.RegionEgress, (facts, value) => facts with { RegionEgress = value },
            "A gigabyte to another region of the same provider."),
        Of.Price(
            "provider-egress", facts => facts.ProviderEgress, (facts, value) => facts with { ProviderEgress = value },
            "A gigabyte to another provider."),
        Spend,
        Of.Share(
            "passive-share", facts => facts.PassiveShare, (facts, value) => facts with { PassiveShare = value },
            "Of `spend`, what a passive region or provider costs while it waits."),
        Of.Share(
            "portable-share", facts => facts.PortableShare, (facts, value) => facts with { PortableShare = value },
            "Of the services in use, the share that exists elsewhere behind the same interface (Kubernetes, PostgreSQL, S3)."),
        Of.Latency(
            "latency-budget", facts => facts.LatencyBudget, (facts, value) => facts with { LatencyBudget = value },
            "How long a commit may wait for the other side."),
        Of.Latency(
            "provider-round-trip", facts => facts.ProviderRoundTrip, (facts, value) => facts with { ProviderRoundTrip = value },
            "Between the two providers, there and back."),
        Of.Share(
            "region-availability", facts => facts.RegionAvailability, (facts, value) => facts with { RegionAvailability = value },
            "Of one region, apart from what strikes all regions."),
        Of.Share(
            "provider-availability", facts => facts.ProviderAvailability, (facts, value) => facts with { ProviderAvailability = value },
            "Of what all regions of a provider share, such as identity, names and the roll-out of configuration."),
        Of.Share(
            "own-availability", facts => facts.OwnAvailability, (facts, value) => facts with { OwnAvailability = value },
            "Of one's own software, changes and configuration, which are the same everywhere."),
        Of.Share(
            "failover-works", facts => facts.FailoverWorks, (facts, value) => facts with { FailoverWorks = value },
            "Of failovers to what waits, the share that works."),
        Of.Share(
            "active-failover-works", facts => facts.ActiveFailoverWorks, (facts, value) => facts with { ActiveFailoverWorks = value },
            "The same between two that both serve."),
        Reasons,
    ];

    public static readonly SectionShape Shape = new("planning.cloud", [.. All.Select(key => key.Key)]);
}
