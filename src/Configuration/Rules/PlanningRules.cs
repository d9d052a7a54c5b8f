using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold among the facts for planning, and between them and the rest of the file.</summary>
internal static class PlanningRules
{
    public static void Check(Section root, Findings findings)
    {
        var planning = root.Sub(SystemKeys.Planning);
        var sites = root.All(SystemKeys.Sites).Select(site => site.Name).ToList();
        var pairs = new HashSet<(string, string)>();
        foreach (var link in planning.All(PlanningKeys.Links))
        {
            CheckLink(link, sites, pairs, findings);
        }

        PlanningNumbers.Check(planning, findings);
        PlanningDecisionRules.Check(root, planning, findings);
        var running = root.All(SystemKeys.Stores).Select(store => store.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var store in planning.All(PlanningKeys.Stores))
        {
            CheckStore(root, store, running.Contains(store.Name), findings);
        }
    }

    /// <summary>A file that is only planned: it must name what there is to plan.</summary>
    public static void CheckAlone(Section root, Findings findings)
    {
        if (root.All(SystemKeys.Sites).Length > 0 && root.All(SystemKeys.Sites).All(site => site.Value.Get(SiteKeys.Witness)))
        {
            findings.Error(root.PlaceOf(SystemKeys.Sites), "every site is a witness: none could have data", "name a site without 'witness: true'");
        }

        if (root.Sub(SystemKeys.Planning).All(PlanningKeys.Stores).Length == 0)
        {
            findings.Error(
                root.PlaceOf(SystemKeys.Planning).Child(PlanningKeys.Stores.Name, root.Place.Mark), "there is no store to plan",
                "add 'planning: {stores: {orders: {class: relational, objectives: {host-loss: {rpo: 0s, rto: 1s}}}}}'");
        }
    }

    private static void CheckLink(Entry<Section> link, List<string> sites, HashSet<(string, string)> pairs, Findings findings)
    {
        var ends = link.Value.All(PlanLinkKeys.Between);
        foreach (var end in ends.Where(end => !sites.Contains(end.Value)))
        {
            findings.Error(end.Place, $"there is no site '{end.Value}'", $"the sites are: {string.Join(", ", sites)}");
        }

        if (link.Value.TryGet(PlanLinkKeys.Between, out _) && (ends.Length != 2 || ends[0].Value == ends[1].Value))
        {
            findings.Error(link.Value.PlaceOf(PlanLinkKeys.Between), "a link is between two different sites", "name two, such as [fra, ber]");
        }
        else if (ends.Length == 2)
        {
            var pair = string.CompareOrdinal(ends[0].Value, ends[1].Value) < 0 ? (ends[0].Value, ends[1].Value) : (ends[1].Value, ends[0].Value);
            if (!pairs.Add(pair))
            {
                findings.Error(link.Place, $"there is another link between {pair.Item1} and {pair.Item2}", "keep one of the two: plan with the worse");
            }
        }

        if (link.Value.TryGet(PlanLinkKeys.Route, out var route) && link.Value.TryGet(PlanLinkKeys.RoundTrip, out var roundTrip)
            && roundTrip < Propagation.RoundTrip(route))
        {
            findings.Error(
                link.Value.PlaceOf(PlanLinkKeys.RoundTrip),
                $"light takes {QuantityText.Of(Propagation.RoundTrip(route))} for {QuantityText.Of(route)} there and back",
                "correct one of the two, or leave 'route' out");
        }

        if (!link.Value.IsGiven(PlanLinkKeys.Route) && !link.Value.IsGiven(PlanLinkKeys.RoundTrip))
        {
            findings.Error(
                link.Value.PlaceOf(PlanLinkKeys.RoundTrip), "neither 'round-trip' nor 'route' is given",
                "add 'round-trip: 6ms' (what ping says), or 'route: 550km'");
        }
    }

    private static void CheckStore(Section root, Entry<Section> store, bool runs, Findings findings)
    {
        var objectives = store.Value.Sub(PlanStoreKeys.Objectives);
        if (runs)
        {
            foreach (var (failure, key) in PlanObjectivesKeys.Rows.Where(row => row.Failure is FailureKind.Host or FailureKind.Site))
            {
                if (objectives.IsGiven(key))
                {
                    findings.Error(
                        objectives.PlaceOf(key), $"the store's own objective for a lost {failure.ToString().ToLowerInvariant()} holds",
                        $"remove it; it is in stores.{store.Name}.objectives.{key.Name}");
                }
            }

            foreach (var key in (Key[])[PlanStoreKeys.Class, PlanStoreKeys.ActiveSite, PlanStoreKeys.SiteFailover])
            {
                if (store.Value.IsGiven(key))
                {
                    findings.Error(store.Value.PlaceOf(key), $"follows from stores.{store.Name}", "remove it");
                }
            }

            return;
        }

        if (!store.Value.IsGiven(PlanStoreKeys.Class))
        {
            findings.Error(
                store.Value.PlaceOf(PlanStoreKeys.Class), "is missing: no store of the file has this name",
                "add 'class: relational' (or cache, broker, secrets, nosql, kubernetes), or correct the name");
        }

        if (!PlanObjectivesKeys.Rows.Any(row => objectives.IsGiven(row.Key)))
        {
            findings.Error(
                store.Value.PlaceOf(PlanStoreKeys.Objectives), "nothing is demanded of it", "add 'objectives: {host-loss: {rpo: 0s, rto: 1s}}'");
        }

        var sites = root.All(SystemKeys.Sites).Where(site => !site.Value.Get(SiteKeys.Witness)).Select(site => site.Name).ToList();
        if (store.Value.TryGet(PlanStoreKeys.ActiveSite, out var active) && !sites.Contains(active))
        {
            findings.Error(
                store.Value.PlaceOf(PlanStoreKeys.ActiveSite), $"'{active}' is not a site that has data", $"the choice is: {string.Join(", ", sites)}");
        }
    }
}
