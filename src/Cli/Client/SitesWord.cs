using System.Collections.Immutable;
using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Sites;
using Holdfast.Agent.Sites;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Client;

/// <summary>
/// Makes one word about the sites of what many agents say. The newest site epoch counts, and of those who know it whoever the global scope answers;
/// the active site's primary knows lag and link best, and each site's leader its own group. Pure.
/// </summary>
internal static class SitesWord
{
    public static SiteStatus Merge(StoreSpec store, ImmutableArray<GroupStatus> heard)
    {
        ImmutableArray<GroupStatus> words =
        [
            .. heard.Where(status => status.Sites is not null)
                .OrderByDescending(status => status.Sites!.SiteEpoch)
                .ThenByDescending(status => status.Sites!.GlobalReachable)
                .ThenByDescending(status => Leads(status) && status.Sites!.ActiveSite == status.Site)
                .ThenByDescending(Leads),
        ];
        if (words.IsEmpty)
        {
            return Nothing(store);
        }

        var word = words[0].Sites!;
        ImmutableArray<GroupStatus> fresh = [.. words.Where(status => status.Sites!.SiteEpoch == word.SiteEpoch)];
        var leaders = fresh.Where(Leads).Select(status => status.Sites!).DefaultIfEmpty(word).ToImmutableArray();
        var waiting = fresh.FirstOrDefault(status => status.Sites!.Rule == "SITE.refuse")?.Sites ?? word;
        return word with
        {
            LagAboveRpo = leaders.Any(leader => leader.LagAboveRpo),
            LagSeconds = word.LagSeconds ?? leaders.Select(leader => leader.LagSeconds).FirstOrDefault(lag => lag is not null),
            LagBytes = word.LagBytes ?? leaders.Select(leader => leader.LagBytes).FirstOrDefault(lag => lag is not null),
            Link = fresh.Where(status => status.Site == word.ActiveSite).Select(status => status.Sites!.Link).FirstOrDefault(link => link is not null)
                ?? word.Link,
            Groups = [.. store.Sites.Select(site => Group(site, word, fresh))],
            Move = Newest(words.Where(status => status.Sites!.Move is not null).Select(status => status.Sites!.Move!)),
            Rule = waiting.Rule,
            Reason = waiting.Reason,
        };
    }

    /// <summary>active, passive or unknown.</summary>
    public static string RoleOf(SiteStatus sites, string site) =>
        sites.ActiveSite is null ? "unknown" : sites.ActiveSite == site ? "active" : "passive";

    /// <summary>Of several tellings of one move the one that is furthest; null: nobody tells of it.</summary>
    public static SiteMoveStatus? Furthest(IEnumerable<SiteMoveStatus> tellings) => tellings
        .OrderByDescending(move => move.State != "running")
        .ThenByDescending(move => move.Steps.Count(HasEnded))
        .ThenByDescending(move => move.Steps.Count(step => step.State == "running"))
        .FirstOrDefault();

    public static bool HasEnded(SiteStepStatus step) => step.State is "done" or "failed" or "skipped";

    private static SiteMoveStatus? Newest(IEnumerable<SiteMoveStatus> tellings) => tellings
        .GroupBy(move => move.Id)
        .Select(same => Furthest(same)!)
        .MaxBy(move => move.RequestedAt ?? move.Steps.Min(step => step.StartedAt) ??
            (move.State == "running" ? DateTimeOffset.MaxValue : DateTimeOffset.MinValue));

    private static bool Leads(GroupStatus status) => status.Primary == status.Member;

    // A site's own leader knows its group; how long it has been silent only the other site can tell.
    private static SiteGroupStatus Group(string site, SiteStatus word, ImmutableArray<GroupStatus> fresh)
    {
        var own = fresh.Where(status => status.Site == site).OrderByDescending(Leads)
            .Select(status => Entry(status.Sites!, site)).FirstOrDefault(entry => entry?.Leader is not null);
        var silent = fresh.Where(status => status.Site != site).OrderByDescending(Leads)
            .Select(status => Entry(status.Sites!, site)?.SilentSeconds).FirstOrDefault(seconds => seconds is not null);
        var entry = own ?? Entry(word, site) ?? new SiteGroupStatus { Site = site, Role = "unknown" };
        return entry with { Role = RoleOf(word, site), SilentSeconds = silent };
    }

    private static SiteGroupStatus? Entry(SiteStatus sites, string site) => sites.Groups.FirstOrDefault(group => group.Site == site);

    private static SiteStatus Nothing(StoreSpec store) => new()
    {
        Isolation = Words.Of(store.Isolation),
        SiteFailover = Words.Of(store.SiteFailover),
        Safety = "no agent answers",
        RpoSeconds = store.SiteLoss.Rpo.TotalSeconds,
        Groups = [.. store.Sites.Select(site => new SiteGroupStatus { Site = site, Role = "unknown" })],
    };
}
