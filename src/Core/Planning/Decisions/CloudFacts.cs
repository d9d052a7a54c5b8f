using System.Collections.Immutable;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>On how many regions and providers something runs.</summary>
public enum CloudShape
{
    /// <summary>One region of one provider, in several zones; with an exit that has been tried.</summary>
    OneRegion,
    /// <summary>Two regions of one provider, one of them active; with an exit that has been tried.</summary>
    TwoRegions,
    /// <summary>Two providers, one of them active.</summary>
    ActivePassive,
    /// <summary>Two providers that both serve.</summary>
    ActiveActive,
}

/// <summary>What people say they want several clouds for.</summary>
public enum CloudReason
{
    RegulatorDemandsSecondProvider,
    RegulatorDemandsExitPlan,
    Residency,
    RegionMayBeLost,
    ServiceOnlyThere,
    AlreadyThere,
    ProviderMayFail,
    AvoidLockIn,
    NegotiationLeverage,
    HigherAvailability,
    EveryoneDoes,
    CheaperPerService,
}

/// <summary>What is known, for the question how many clouds. What nobody declares has the default here.</summary>
public sealed record CloudFacts
{
    /// <summary>What users are to see, on average over a year. Two working days without it, where nobody says more.</summary>
    public Probability RequiredAvailability { get; init; } = new(0.995);
    /// <summary>A supervisor wants a documented and tested exit (for banks in the EU: Regulation 2022/2554, Article 28(8)).</summary>
    public bool RegulatorDemandsExitPlan { get; init; }
    /// <summary>A supervisor has demanded, in writing, that a second provider can take over.</summary>
    public bool RegulatorDemandsSecondProvider { get; init; }
    /// <summary>The exit has been tried within a year: data out, and a part of the system up elsewhere.</summary>
    public bool ExitTested { get; init; }
    /// <summary>Where data may be, the provider has a second region.</summary>
    public bool SecondRegionAllowed { get; init; } = true;
    /// <summary>Where data may be, there is a second provider that may have them.</summary>
    public bool SecondProviderAllowed { get; init; } = true;
    /// <summary>Who can be woken for the platform.</summary>
    public int TeamSize { get; init; } = 5;
    /// <summary>Providers that this team already runs something serious on.</summary>
    public int ProvidersMastered { get; init; } = 1;
    /// <summary>What would have to be copied to another region or provider in a month.</summary>
    public ByteCount CopiedAMonth { get; init; } = new(1e12);
    /// <summary>A gigabyte to another region of the same provider.</summary>
    public Money RegionEgress { get; init; } = new(0.02);
    /// <summary>A gigabyte to another provider.</summary>
    public Money ProviderEgress { get; init; } = new(0.09);
    /// <summary>What the platform costs in one region in a month; other shapes are compared with it.</summary>
    public Money Spend { get; init; } = new(10_000);
    /// <summary>Of that, what a passive region or provider costs while it waits.</summary>
    public Probability PassiveShare { get; init; } = new(0.3);
    /// <summary>Of the services in use, the share that exists elsewhere behind the same interface (Kubernetes, PostgreSQL, S3).</summary>
    public Probability PortableShare { get; init; } = new(0.5);
    /// <summary>How long a commit may wait for the other side.</summary>
    public TimeSpan LatencyBudget { get; init; } = TimeSpan.FromMilliseconds(10);
    /// <summary>Between the two providers, there and back.</summary>
    public TimeSpan ProviderRoundTrip { get; init; } = TimeSpan.FromMilliseconds(5);
    /// <summary>Of one region, apart from what strikes all regions: four hours a year. Declare what you have measured.</summary>
    public Probability RegionAvailability { get; init; } = new(0.9995);
    /// <summary>Of what all regions of a provider share, such as identity, names and the roll-out of configuration: an hour a year.</summary>
    public Probability ProviderAvailability { get; init; } = new(0.9999);
    /// <summary>Of one's own software, changes and configuration, which are the same everywhere.</summary>
    public Probability OwnAvailability { get; init; } = new(0.999);
    /// <summary>Of failovers to what waits, the share that works. Drills raise it.</summary>
    public Probability FailoverWorks { get; init; } = new(0.9);
    /// <summary>The same between two that both serve: the other side is known to work, its room for all of the load is not.</summary>
    public Probability ActiveFailoverWorks { get; init; } = new(0.99);
    /// <summary>Why somebody wants several clouds.</summary>
    public ImmutableArray<CloudReason> Reasons { get; init; } = [];

    /// <summary>Refuses what cannot be.</summary>
    /// <exception cref="ImpossibleException">No team, no provider, no spending, or a time below zero.</exception>
    public void Check()
    {
        ImpossibleException.IfNotPositive(TeamSize, "a team", "people");
        ImpossibleException.IfNotPositive(ProvidersMastered, "a team that has run something", "providers");
        ImpossibleException.IfNotPositive(Spend.Amount, "a spending", "(currency)");
        ImpossibleException.IfNegative(LatencyBudget, "a latency budget");
        ImpossibleException.IfNegative(ProviderRoundTrip, "a round trip");
    }
}
