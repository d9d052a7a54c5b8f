namespace Holdfast.Quickstart.Watching;

/// <summary>Judges whether the whole group is well.</summary>
internal static class Health
{
    /// <summary>Null: all members are healthy, all agents agree, and a host can be lost. Otherwise what is missing, for people.</summary>
    /// <param name="observations">The latest of each agent.</param>
    /// <param name="since">Older answers do not count (monotonic timestamp).</param>
    public static string? WhatIsMissing(IReadOnlyCollection<Observation> observations, long since)
    {
        if (observations.FirstOrDefault(observation => observation.Status is null || observation.AskedAt < since) is { } silent)
        {
            return $"the agent of {silent.Member} does not answer ({silent.Problem ?? "no fresh answer yet"})";
        }

        var newest = observations.MaxBy(observation => observation.Status!.Epoch)!.Status!;
        if (newest.Primary is null)
        {
            return "there is no primary yet";
        }

        if (observations.FirstOrDefault(
            observation => observation.Status!.Epoch != newest.Epoch || observation.Status.Primary != newest.Primary)
            is { } behind)
        {
            return $"the agent of {behind.Member} is still at epoch {behind.Status!.Epoch}";
        }

        if (observations.FirstOrDefault(observation => !observation.Status!.CoordinationReachable) is { } cutOff)
        {
            return $"the agent of {cutOff.Member} does not reach etcd";
        }

        var view = observations.FirstOrDefault(observation => observation.Member == newest.Primary)?.Status ?? newest;
        if (view.Members.FirstOrDefault(member => !member.Healthy) is { } ill)
        {
            return $"not healthy: {ill}";
        }

        return view.Members.Length != observations.Count ? $"the primary's agent knows {view.Members.Length} members"
            : !view.SafeToLoseHost ? $"not safe to lose a host: {view.Safety}"
            : null;
    }
}
