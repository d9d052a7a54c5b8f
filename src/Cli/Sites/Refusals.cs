using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Sites;
using Holdfast.Cli.Client;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;
using MoveKind = Holdfast.Core.Sites.MoveKind;

namespace Holdfast.Cli.Sites;

/// <summary>
/// Why a move would be refused as things are now, in the words of the agents' own check. What cannot be seen from here is left to that check.
/// </summary>
internal static class Refusals
{
    public static string? Of(StorePicture picture, MoveIntent asked, string from)
    {
        var (sites, to) = (picture.Sites, asked.To);
        if (sites.Move is { State: "running" } running && !HasArrived(running))
        {
            if (asked is { Kind: MoveKind.Failover, AcceptDataLoss: true } && running is { AcceptDataLoss: false } && running.To == to && HasTaken(running))
            {
                return null; // It may be waiting for a member that has all: it goes on with what is there.
            }

            if (asked.Kind == MoveKind.Failover && running.From == to && HasTaken(running))
            {
                return null; // The new site may be lost before it had a primary: the agents' own check asks whether it lives.
            }

            var step = running.Steps.FirstOrDefault(step => !SitesWord.HasEnded(step))?.Step ?? "verify";
            return $"a {running.Kind} to {running.To} is on its way ({step}): wait for it";
        }

        if (sites.ActiveSite is null)
        {
            return sites.GlobalReachable
                ? "there is no site record yet: the store's first group must be born first"
                : "no agent knows which site is active: the global scope does not answer";
        }

        if (sites.ActiveSite == to)
        {
            return AlreadyThere(to);
        }

        if (!sites.GlobalReachable)
        {
            return $"the global scope does not answer{(sites.GlobalProblem is { } problem ? $": {problem}" : "")}";
        }

        if (picture.WordOf(to) is not { } target)
        {
            // Its agents may live and only not be reachable from here; the other site hears their cards.
            return sites.Groups.FirstOrDefault(group => group.Site == to)?.SilentSeconds < SiteDuties.CardSilence.TotalSeconds
                ? null
                : $"no agent at {to} answers: start one there: holdfast agent --member NAME";
        }

        var group = picture.At(to);
        var leader = group.Primary;
        return group.Status.Paused ? $"the group at {to} is paused: resume it first (holdfast resume --site {to})"
            : leader is null ? $"the group at {to} has no standby leader"
            : leader.Role != "standby" || !MemberStates.IsRunning(leader.State) ? $"the standby leader {leader.Name} at {to} does not run"
            : asked.Kind == MoveKind.Failover ? Failover(picture, asked, target, from)
            : Planned(picture, asked, target, from);
    }

    /// <summary>
    /// Nothing but time is lacking: the new site streams, and has not heard yet how far it is behind. So it is for a moment after a move.
    /// </summary>
    public static bool LacksOnlyLag(StorePicture picture, MoveIntent asked, string from) =>
        asked.Kind != MoveKind.Failover && Of(picture, asked, from) == SiteLag.PlannedRefusal(asked.To, null, picture.Store.SiteLoss.Rpo);

    /// <summary>There is nothing to move.</summary>
    public static string AlreadyThere(string to) => $"{to} is the active site already";

    /// <summary>At most so much of the old site's work is missing at the new one, by the new one's word; null: cannot be said.</summary>
    public static TimeSpan? MayLack(StorePicture picture, string to) =>
        picture.WordOf(to)?.MayLackSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>The primary or standby leader of a site, by its own word or else the other's; null: not known.</summary>
    public static string? Leader(StorePicture picture, string site) =>
        picture.At(site).Status.Primary ?? picture.Sites.Groups.FirstOrDefault(group => group.Site == site)?.Leader;

    private static string? Failover(StorePicture picture, MoveIntent asked, SiteStatus target, string from)
    {
        var continues = picture.Store.Isolation == IsolationPolicy.Continue;
        if (continues ? IsHeard(target, from) : target.LeaseSite == from)
        {
            return $"{from} is alive and writes: use 'holdfast switchover --site {asked.To}', or stop it first";
        }

        if (continues && asked.Fenced is null)
        {
            return $"{from} may be writing still (isolation: continue): stop it, and say how with --fenced HOW; it is kept in the history";
        }

        return asked.AcceptDataLoss
            ? null
            : SiteLag.FailoverRefusal(asked.To, MayLack(picture, asked.To), picture.Store.SiteLoss.Rpo, picture.Store.Isolation);
    }

    private static string? Planned(StorePicture picture, MoveIntent asked, SiteStatus target, string from)
    {
        var leader = picture.At(asked.To).Primary!;
        var card = Card(target, asked.To);
        if (!IsHeard(target, from) || Card(target, from) is not { Serving: true } source)
        {
            return $"{from} has no primary that serves: nothing can be handed over; if the site is lost, use 'holdfast failover --site {asked.To}'";
        }

        if (card is not { Serving: true })
        {
            return $"the standby leader {leader.Name} at {asked.To} does not stream from {source.Leader}";
        }

        if (!card.Healthy)
        {
            return $"the group at {asked.To} is not healthy: every member must run and follow {leader.Name} (holdfast status)";
        }

        return SiteLag.PlannedRefusal(asked.To, MayLack(picture, asked.To), picture.Store.SiteLoss.Rpo);
    }

    /// <summary>Its new site serves: what it has yet to do does not keep another move from beginning.</summary>
    private static bool HasArrived(SiteMoveStatus move) => move.Steps.Any(step => step is { Step: "promote", State: "done" });

    private static bool HasTaken(SiteMoveStatus move) => move.Steps.Any(step => step is { Step: "take", State: "done" });

    private static SiteGroupStatus? Card(SiteStatus word, string site) => word.Groups.FirstOrDefault(group => group.Site == site);

    private static bool IsHeard(SiteStatus word, string site) => Card(word, site)?.SilentSeconds < SiteDuties.CardSilence.TotalSeconds;
}
