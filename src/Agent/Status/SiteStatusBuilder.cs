using System.Collections.Immutable;
using Holdfast.Agent.Api.Sites;
using Holdfast.Agent.Sites;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Status;

/// <summary>Makes the part of the status that is about sites. Null for a store with one.</summary>
internal static class SiteStatusBuilder
{
    public static SiteStatus? Build(MemberView view, SiteDecision? decision, long? ledgerHere, LinkStatus? link, TimeSpan? measured)
    {
        if (view.Sites is not { } sites)
        {
            return null;
        }

        var (epoch, active) = view.KnownActive();
        var lag = measured ?? Lag(sites, active, ledgerHere);
        var above = active == sites.Mine
            ? sites.OtherSilentFor >= SiteDuties.CardSilence || lag > sites.Policy.Rpo
            : sites.Lag is { } bound && bound > sites.Policy.Rpo;
        var (safe, why) = Safety(view, sites, active, lag);
        return new SiteStatus
        {
            ActiveSite = active,
            SiteEpoch = epoch,
            Role = active is null ? "unknown" : active == sites.Mine ? "active" : "passive",
            Isolation = Words.Of(sites.Policy.Isolation),
            SiteFailover = Words.Of(sites.Policy.Failover),
            GlobalReachable = sites.Reachable,
            GlobalProblem = sites.Problem,
            LeaseSite = sites.LeaseSite,
            LeaseGoneSeconds = sites.LeaseGoneFor > TimeSpan.Zero ? sites.LeaseGoneFor.TotalSeconds : null,
            SafeToLoseSite = safe,
            Safety = why,
            RpoSeconds = sites.Policy.Rpo.TotalSeconds,
            LagSeconds = lag?.TotalSeconds,
            LagBytes = LagBytes(view, sites, active),
            MayLackSeconds = active == sites.Mine ? null : sites.Lag?.TotalSeconds,
            LagAboveRpo = above,
            Link = link,
            Groups = [.. new[] { sites.Mine, sites.Policy.Other }.Order(StringComparer.Ordinal).Select(site => Group(sites, site, active))],
            Move = sites.Move is { } move ? SiteControl.StatusOf(move) : null,
            Rule = decision?.Rule,
            Reason = decision?.Reason,
        };
    }

    private static SiteGroupStatus Group(SiteView sites, string site, string? active)
    {
        var card = sites.Cards.GetValueOrDefault(site);
        return new SiteGroupStatus
        {
            Site = site,
            Role = active is null ? "unknown" : site == active ? "active" : "passive",
            Leader = card?.Leader,
            Epoch = card?.Epoch ?? 0,
            Serving = card?.Serving ?? false,
            Healthy = card?.Healthy ?? false,
            Lsn = card?.Position?.ToString(),
            SilentSeconds = site == sites.Mine || card is null ? null : sites.OtherSilentFor?.TotalSeconds,
        };
    }

    /// <summary>The passive site's newest ledger row against the active site's, as both are known here.</summary>
    private static TimeSpan? Lag(SiteView sites, string? active, long? ledgerHere)
    {
        var there = sites.OtherCard?.LedgerClock;
        var (ahead, behind) = active == sites.Mine ? (sites.MyCard?.LedgerClock, there) : (there, ledgerHere);
        return ahead is { } newest && behind is { } reached ? TimeSpan.FromMilliseconds(Math.Max(0, newest - reached)) : null;
    }

    private static long? LagBytes(MemberView view, SiteView sites, string? active)
    {
        if (active == sites.Mine)
        {
            var remote = view.Engine.Standbys.Where(standby => sites.Remote.ContainsKey(standby.Member)).ToImmutableArray();
            return !remote.IsEmpty && view.Engine.Inserted is { } end ? (long)remote.Min(standby => end.BytesAhead(standby.Flushed)) : null;
        }

        return sites.OtherCard?.Position is { } theirs && view.Engine.Position is { } mine && mine.Timeline == theirs.Timeline
            ? (long)theirs.Lsn.BytesAhead(mine.Lsn)
            : null;
    }

    private static (bool Safe, string Why) Safety(MemberView view, SiteView sites, string? active, TimeSpan? lag)
    {
        if (active is null || sites.Record is null)
        {
            return (false, "the site record has not been read yet");
        }

        if (!sites.Reachable)
        {
            return (false, $"the global scope has been away for {sites.UnreachableFor.TotalSeconds:F0} s: nothing can move");
        }

        if (sites is { Record.State: SiteState.Moving, Moving: { } move })
        {
            return (false, $"a {Words.Of(move.Kind)} to {move.To} is on its way");
        }

        var passive = active == sites.Mine ? sites.Policy.Other : sites.Mine;
        if (sites.Cards.GetValueOrDefault(passive) is not { } card)
        {
            return (false, $"{passive} has not reported yet");
        }

        if (passive == sites.Policy.Other && sites.OtherSilentFor >= SiteDuties.CardSilence)
        {
            return (false, $"{passive} has not been heard for {sites.OtherSilentFor!.Value.TotalSeconds:F0} s");
        }

        if (!card.Serving)
        {
            return (false, $"{passive} does not stream");
        }

        if (lag is null || lag > sites.Policy.Rpo)
        {
            return (false, $"{passive} is {(lag is { } known ? $"{known.TotalSeconds:F1} s" : "an unknown time")} behind, " +
                $"more than the RPO of {sites.Policy.Rpo.TotalSeconds:0.#} s");
        }

        var how = sites.Policy.Failover == SiteFailoverPolicy.Automatic ? "takes over by itself" : "takes over when an operator says so";
        return (true, $"{passive} is {lag.Value.TotalSeconds:F1} s behind (RPO {sites.Policy.Rpo.TotalSeconds:0.#} s) and {how}");
    }
}
