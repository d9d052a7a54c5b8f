using Holdfast.Agent.Api;
using Holdfast.Cli.Client;

namespace Holdfast.Cli.Status;

/// <summary>What keeps a group, or a store with two sites, from being healthy, for <c>status --check</c>.</summary>
internal static class HealthVerdict
{
    /// <summary>Nothing: a primary serves, a host can be lost now, and every member does its part.</summary>
    public static IEnumerable<string> Problems(GroupPicture picture)
    {
        if (!picture.SomebodyAnswered)
        {
            yield return $"{picture.Group.Name}: no agent answers";
            yield break;
        }

        var passive = picture.IsPassive;
        var linkOnly = passive && LacksOnlyTheLink(picture);
        if (picture.Primary is not { Healthy: true } && !linkOnly)
        {
            yield return $"{picture.Group.Name}: " + (passive, picture.Primary) switch
            {
                (_, null) => "there is no primary",
                (true, { } leader) => $"the standby leader {leader.Name} does not stream",
                (false, { } primary) => $"the primary {primary.Name} does not serve",
            };
        }

        // A passive site may have one member only; then what is lost with its host is the site, and that is said by the other check.
        if (!picture.Status.SafeToLoseHost && !linkOnly && (!passive || picture.Status.Paused || picture.Group.Members.Length > 1))
        {
            yield return $"{picture.Group.Name}: not safe to lose a host: {picture.Status.Safety}";
        }

        if (!picture.Status.CoordinationReachable)
        {
            yield return $"{picture.Group.Name}: coordination cannot be reached";
        }

        foreach (var problem in BackupNotes.Problems(picture))
        {
            yield return $"{picture.Group.Name}: {problem}";
        }

        foreach (var member in picture.Status.Members.Where(member => member.Name != picture.Status.Primary && !member.Healthy))
        {
            yield return $"{member.Name}: {member.Fault ?? member.State}";
        }
    }

    /// <summary>Its members are well, and nothing comes from the other site: that is told by what two sites add.</summary>
    private static bool LacksOnlyTheLink(GroupPicture picture) =>
        picture.Primary is { Reachable: true, Healthy: false, Fault: null } leader && MemberStates.IsRunning(leader.State) && !picture.Status.Paused &&
        picture.Status.Members.All(member => member.Name == leader.Name || member.Healthy);

    /// <summary>What two sites add: the active one cannot be lost now within the RPO.</summary>
    public static IEnumerable<string> SiteProblems(StorePicture picture)
    {
        var (name, sites) = (picture.Store.Name, picture.Sites);
        if (!sites.SafeToLoseSite)
        {
            yield return $"{name}: not safe to lose a site: {sites.Safety}";
        }

        if (sites.LagAboveRpo)
        {
            // The newest word may be old: what the silence since then may hide counts too.
            yield return $"{name}: a site loss now may lose more than the RPO of {SitesBlock.Seconds(sites.RpoSeconds)}; the lag by the last word: " +
                (SitesBlock.Amount(sites.LagSeconds, sites.LagBytes) ?? "not known");
        }

        if (sites.Link is { WritesStopped: true })
        {
            yield return $"{name}: writes are stopped, because the queue for the other site is full";
        }

        if (sites is { Rule: "SITE.refuse", Reason: { } reason })
        {
            yield return $"{name}: {reason}";
        }
    }

    /// <summary>What cannot be told because nobody answers.</summary>
    public static IEnumerable<string> Unread(StorePicture picture)
    {
        if (picture.SomebodyAnswered && !picture.Sites.GlobalReachable)
        {
            var why = picture.Sites.GlobalProblem is { } problem ? $": {problem}" : "";
            yield return $"{picture.Store.Name}: the global scope cannot be reached{why}";
        }
    }
}
