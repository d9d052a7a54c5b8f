using System.Collections.Immutable;
using Holdfast.Quickstart.Watching;

namespace Holdfast.Quickstart.Faults.Sites;

/// <summary>Something that is done to two sites while the writer writes.</summary>
internal abstract class SiteFault
{
    /// <summary>As in the report.</summary>
    public abstract string Name { get; }

    /// <summary>Acknowledged commits may be lost, if the report names them all.</summary>
    public virtual bool MayLose => false;

    /// <summary>Does it, and what belongs to it; returns when there is nothing left to do but to wait until all is well.</summary>
    public abstract Task<SiteStrike> StrikeAsync(SiteStage stage, SiteScene before, CancellationToken cancellationToken);
}

/// <summary>What is left after a fault was exercised.</summary>
/// <param name="RecoversFrom">From when on the time until all are healthy counts (monotonic timestamp).</param>
internal sealed record SiteStrike(long RecoversFrom)
{
    /// <summary>What must hold, besides the sites' own health, for them to count as healthy again; null when it does.</summary>
    public Func<string?> Further { get; init; } = () => null;

    /// <summary>Asked when all is well again, and after the lost rows were counted.</summary>
    public Func<CancellationToken, Task<SiteFindings>> Inspect { get; init; } = _ => Task.FromResult(new SiteFindings());

    /// <summary>What was not as it must be; empty: all well.</summary>
    public ImmutableArray<string> Problems { get; init; } = [];
}

/// <summary>What was found when all was well again.</summary>
internal sealed record SiteFindings
{
    public long? ReportedLost { get; init; }
    public bool? Verified { get; init; }
    public AgentMove? Move { get; init; }
    /// <summary>Of the second store, as the two above.</summary>
    public long? ReportedKeys { get; init; }
    public AgentMove? SessionsMove { get; init; }
    public ImmutableSortedDictionary<string, double> Figures { get; init; } = ImmutableSortedDictionary<string, double>.Empty;
    public ImmutableArray<string> Problems { get; init; } = [];
}
