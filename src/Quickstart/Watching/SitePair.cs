using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Processes;

namespace Holdfast.Quickstart.Watching;

/// <summary>A store with two sites, as all agents together describe it.</summary>
internal sealed class SitePair : IHealthWatch, IAsyncDisposable
{
    private readonly Place _place;
    private readonly bool _losesNoHost;
    private readonly TimeProvider _time;
    private readonly AgentWatch[] _watches;

    /// <param name="members">Of the store.</param>
    /// <param name="losesNoHost">Each site has more than one, so that a host can be lost.</param>
    public SitePair(Place place, IEnumerable<MemberPlace> members, bool losesNoHost, HttpClient http, TimeProvider time)
    {
        (_place, _losesNoHost, _time) = (place, losesNoHost, time);
        Protection = new ProtectionMeter(time);
        void Observed(Observation observation) => Protection.Observe(observation, time.GetTimestamp());
        _watches = [.. members.Select(member => new AgentWatch(member, http, time, Observed))];
    }

    public ProtectionMeter Protection { get; }

    /// <summary>The agents' latest answers, in the order of the members.</summary>
    public IReadOnlyList<Observation> Latest => [.. _watches.Select(watch => watch.Latest)];

    /// <summary>The active site by the newest site epoch that any agent tells of; null: nobody knows.</summary>
    public string? ActiveSite => Newest?.ActiveSite;

    /// <summary>The other of the two; null: nobody knows which is active.</summary>
    public string? PassiveSite => ActiveSite is { } active ? _place.Sites.Single(site => site != active) : null;

    /// <summary>What the active site's primary says about the sites; null: it does not answer.</summary>
    public AgentSites? ActiveWord => Latest.FirstOrDefault(observation => SiteHealth.Leads(observation, "active"))?.Status?.Sites;

    /// <summary>The primary of the active site; null: it does not answer.</summary>
    public string? Primary => Latest.FirstOrDefault(observation => SiteHealth.Leads(observation, "active"))?.Member;

    /// <summary>The newest move that any agent tells of, by who knows the most of it; null: there has been none.</summary>
    public AgentMove? Move(string kind, string to) =>
        Latest.Select(observation => observation.Status?.Sites).OfType<AgentSites>()
            .Where(sites => sites.Move is { } move && move.Kind == kind && move.To == to)
            .MaxBy(sites => (sites.SiteEpoch, sites.Move!.Steps.Count(step => step.State is "done" or "failed" or "skipped")))?.Move;

    /// <inheritdoc/>
    public async Task<string?> WaitHealthyAsync(long since, TimeSpan deadline, Func<string?> further, CancellationToken cancellationToken)
    {
        string? missing = null;
        await Until.TrueAsync(
            () => (missing = further() ?? WhatIsMissing(since)) is null,
            deadline, _time, cancellationToken);
        return missing;
    }

    /// <summary>Null: all is well; otherwise what is missing, for people.</summary>
    /// <param name="since">Answers to earlier questions do not count (monotonic timestamp).</param>
    public string? WhatIsMissing(long since) => SiteHealth.WhatIsMissing(Latest, since, _losesNoHost);

    private AgentSites? Newest =>
        Latest.Select(observation => observation.Status?.Sites).OfType<AgentSites>().Where(sites => sites.ActiveSite is not null)
            .MaxBy(sites => sites.SiteEpoch);

    public async ValueTask DisposeAsync()
    {
        foreach (var watch in _watches)
        {
            await watch.DisposeAsync();
        }
    }
}
