using Holdfast.Cli.Client;

namespace Holdfast.Cli.Status;

/// <summary>What keeps a group from being healthy, for <c>status --check</c>.</summary>
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

        if (picture.Primary is not { Healthy: true })
        {
            yield return $"{picture.Group.Name}: " +
                $"{(picture.Primary is { } primary ? $"the primary {primary.Name} does not serve" : "there is no primary")}";
        }

        if (!picture.Status.SafeToLoseHost)
        {
            yield return $"{picture.Group.Name}: not safe to lose a host: {picture.Status.Safety}";
        }

        if (!picture.Status.CoordinationReachable)
        {
            yield return $"{picture.Group.Name}: coordination cannot be reached";
        }

        foreach (var member in picture.Status.Members.Where(member => member.Name != picture.Status.Primary && !member.Healthy))
        {
            yield return $"{member.Name}: {member.Fault ?? member.State}";
        }
    }
}
