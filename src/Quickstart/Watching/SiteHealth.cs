namespace Holdfast.Quickstart.Watching;

/// <summary>Judges whether a store with two sites is well.</summary>
internal static class SiteHealth
{
    /// <summary>The passive site counts as caught up when it lags no more than this.</summary>
    public static readonly TimeSpan CaughtUp = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Null: all agents agree which site is active, all members are healthy, a host and a site can be lost, the other site has caught up, and no
    /// move is on its way. Otherwise what is missing, for people.
    /// </summary>
    /// <param name="observations">The latest of each agent.</param>
    /// <param name="since">Older answers do not count (monotonic timestamp).</param>
    /// <param name="losesNoHost">Each site has more than one member: then a host, too, must be one that can be lost.</param>
    public static string? WhatIsMissing(IReadOnlyCollection<Observation> observations, long since, bool losesNoHost = true)
    {
        if (observations.FirstOrDefault(observation => observation.Status is null || observation.AskedAt < since) is { } silent)
        {
            return $"the agent of {silent.Member} does not answer ({silent.Problem ?? "no fresh answer yet"})";
        }

        var newest = observations.Max(observation => observation.Status!.Sites?.SiteEpoch ?? 0);
        foreach (var (member, _, status, _) in observations)
        {
            if (status!.Sites is not { ActiveSite: not null } sites || sites.SiteEpoch < newest)
            {
                return $"the agent of {member} does not know yet which site is active";
            }

            if (!sites.GlobalReachable || !status.CoordinationReachable)
            {
                return $"the agent of {member} does not reach etcd";
            }

            if (sites.Move is { State: "running" } move)
            {
                var step = move.Steps.FirstOrDefault(step => step.State is "running" or "pending")?.Step ?? "ending";
                return $"a {move.Kind} to {move.To} is on its way: {step}";
            }

            // Each agent knows best about its own member.
            if (status.Members.FirstOrDefault(one => one.Name == member) is not { Healthy: true })
            {
                return $"not healthy: {status.Members.FirstOrDefault(one => one.Name == member)?.ToString() ?? member}";
            }
        }

        return observations.Any(observation => Leads(observation, "passive"))
            ? MissingAtLeader(observations.FirstOrDefault(observation => Leads(observation, "active"))?.Status, losesNoHost)
            : "the passive site has no standby leader";
    }

    /// <summary>The observation is that of a primary at the active site, or of a standby leader at the passive one.</summary>
    public static bool Leads(Observation observation, string role) =>
        observation.Status is { } status && status.Primary == observation.Member && status.Sites?.Role == role;

    private static string? MissingAtLeader(AgentStatus? leader, bool losesNoHost) =>
        leader?.Sites is not { } sites ? "the active site has no primary"
        : losesNoHost && !leader.SafeToLoseHost ? $"not safe to lose a host: {leader.Safety}"
        : !sites.SafeToLoseSite ? $"not safe to lose a site: {sites.Safety}"
        : sites.LagSeconds is not { } lag || lag > CaughtUp.TotalSeconds ? $"the passive site is {sites.LagSeconds ?? double.NaN:0.0} s behind"
        : sites.Link is { State: not ("streaming" or "unknown") } link ? $"the link is {link.State}"
        : null;
}
