using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold between the sites of one store, so that what is declared for the loss of one can come true.</summary>
internal static class SiteRules
{
    private const int MostSites = 2;

    /// <param name="root">The whole file.</param>
    /// <param name="section">The store.</param>
    /// <param name="homes">The sites that its members name, in order.</param>
    /// <param name="findings">Gets what is wrong.</param>
    public static void Check(Section root, Section section, List<string> homes, Findings findings)
    {
        CheckPreferred(root, section, homes, findings);
        if (homes.Count > MostSites)
        {
            findings.Error(
                section.PlaceOf(StoreKeys.Members),
                $"are at {homes.Count} sites ({string.Join(", ", homes)}): a store has one active site and one passive site, for now",
                "keep its members at two sites; a third site can be a witness");
        }

        if (homes.Count > 1)
        {
            CheckSiteLoss(section, findings);
            CheckThird(root, section, findings);
            SiteTimingRules.Check(root, section, findings);
        }
        else if (homes.Count == 1)
        {
            CheckAlone(section, homes[0], findings);
        }

        if (section.Get(StoreKeys.SiteFailover) == SiteFailoverPolicy.Automatic && section.Get(StoreKeys.Isolation) == IsolationPolicy.Continue)
        {
            findings.Error(
                section.PlaceOf(StoreKeys.SiteFailover),
                "contradicts 'isolation: continue': a site that is cut off goes on writing, the other cannot know whether it has stopped, " +
                    "and both would write",
                "write 'isolation: fence', or 'site-failover: manual'");
        }
    }

    private static void CheckPreferred(Section root, Section section, List<string> homes, Findings findings)
    {
        if (!section.TryGet(StoreKeys.PreferredSite, out var preferred) || homes.Count == 0)
        {
            return;
        }

        var site = root.All(SystemKeys.Sites).FirstOrDefault(site => site.Name == preferred);
        var isWitness = site?.Value.Get(SiteKeys.Witness) == true;
        if (isWitness || !homes.Contains(preferred))
        {
            findings.Error(
                section.PlaceOf(StoreKeys.PreferredSite),
                (site, isWitness) switch
                {
                    (null, _) => $"there is no site '{preferred}'",
                    (_, true) => $"{preferred} is a witness site, which carries no members",
                    _ => $"the store has no member at {preferred}",
                },
                !isWitness && DidYouMean.Nearest(preferred, homes) is { } near
                    ? $"did you mean '{near}'?"
                    : $"its members are at: {string.Join(", ", homes)}");
        }
    }

    private static void CheckSiteLoss(Section section, Findings findings)
    {
        var siteLoss = section.Sub(StoreKeys.Objectives).Sub(ObjectivesKeys.SiteLossKey);
        if (siteLoss.Get(ObjectivesKeys.SiteLoss.Rpo) == TimeSpan.Zero)
        {
            findings.Error(
                siteLoss.PlaceOf(ObjectivesKeys.SiteLoss.Rpo),
                "0s cannot be promised: between sites replication is asynchronous, so the last commits of a site can be lost with it",
                "write how much a lost site may cost, for example 5s; 'enforce-rpo: true' keeps the passive site from falling further behind");
        }
    }

    private static void CheckThird(Section root, Section section, Findings findings)
    {
        if (root.All(SystemKeys.Sites).Length > MostSites)
        {
            return;
        }

        var isAutomatic = section.Get(StoreKeys.SiteFailover) == SiteFailoverPolicy.Automatic;
        findings.Warn(
            section.PlaceOf(isAutomatic ? StoreKeys.SiteFailover : StoreKeys.Members),
            "without a third site, coordination falls with one of the two, and " +
                (isAutomatic ? "nothing moves by itself" : "then the other cannot take over, not even by an operator's decision"),
            "add a witness site that carries an etcd server");
    }

    private static void CheckAlone(Section section, string home, Findings findings)
    {
        var siteLoss = section.Sub(StoreKeys.Objectives).Sub(ObjectivesKeys.SiteLossKey);
        if (siteLoss.Get(ObjectivesKeys.EnforceRpo))
        {
            findings.Error(
                siteLoss.PlaceOf(ObjectivesKeys.EnforceRpo),
                $"cannot be kept: every member is at {home}, and nothing is left when that site is lost",
                "add members at a second site, or remove it");
        }

        var timing = section.Sub(StoreKeys.Timing);
        var idle = new[] { StoreKeys.SiteLink, StoreKeys.Archive, (Key)StoreKeys.Hooks }
            .Where(section.IsGiven).Select(section.PlaceOf).ToList();
        if (section.Get(StoreKeys.SiteFailover) == SiteFailoverPolicy.Automatic)
        {
            idle.Add(section.PlaceOf(StoreKeys.SiteFailover));
        }

        if (timing.IsGiven(TimingKeys.SiteLease))
        {
            idle.Add(timing.PlaceOf(TimingKeys.SiteLease));
        }

        foreach (var place in idle)
        {
            findings.Warn(place, $"has no effect: every member is at {home}", "add members at a second site, or remove it");
        }
    }
}
