using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Page.Charts;

/// <summary>How long a commit takes, against the way to whoever must acknowledge it.</summary>
internal static class CommitChart
{
    private const string Title = "Commit latency against distance";
    private const double LeastKilometres = 1000;

    public static Element Draw(StorePlan plan, string id)
    {
        var (setting, store) = (plan.Setting, plan.Store);
        var sites = Sites(setting).ToList();
        var farthest = sites.Select(site => site.Kilometres).DefaultIfEmpty().Max();
        var routes = Axis.Linear("route of the fibre, km", Math.Min(RouteLength.Longest, Math.Max(LeastKilometres, 2 * farthest)));
        var far = Math.Min(RouteLength.Longest, routes.To);
        var budget = store.CommitBudget.Value;
        var waits = setting.Traits.IsSynchronous;
        var highest = new[] { plan.Chosen.Commit, At(store, waits ? CommitMode.RemoteApply : CommitMode.Local, RoundTrip(far)) }
            .Concat(waits ? sites.Select(site => At(store, CommitMode.On, site.RoundTrip)) : []).Max();
        // A budget far above all lines would press them to the ground.
        var isBudgetShown = budget <= highest * 3;
        var chart = new Chart(
            id, $"{Title}: {store.Name}", Describe(plan, sites), routes,
            TimeAxis.Linear("a commit takes", (isBudgetShown ? Duration.Longest(budget, highest) : highest).TotalSeconds * 1.04));
        Lines(chart, setting, far);
        if (isBudgetShown)
        {
            chart.Level(Looks.Limit, $"commit budget, {QuantityText.Of(budget)}", budget.TotalSeconds);
        }

        if (waits && setting.Traits.StretchLimit is { } limit && Propagation.Reach(limit, PlanDefaults.Equipment) is { } reach
            && reach.Kilometres <= far)
        {
            chart.Upright(Looks.Wanted, $"the product's limit for one cluster, {QuantityText.Of(limit)} there and back", reach.Kilometres);
        }

        Marks(chart, plan, sites);
        return chart.Draw(Caption(plan, isBudgetShown));
    }

    private static void Lines(Chart chart, Setting setting, double far)
    {
        var store = setting.Store;
        var local = At(store, CommitMode.Local, TimeSpan.Zero);
        chart.Level(Looks.First, $"local: the own disk alone, {QuantityText.Of(local)}", local.TotalSeconds);
        if (!setting.Traits.IsSynchronous)
        {
            return;
        }

        var site = At(store, CommitMode.On, store.SiteRoundTrip.Value);
        chart.Level(Looks.Second, $"quorum inside the site, {QuantityText.Of(site)}", site.TotalSeconds);
        chart.Line(Looks.Third, "stretched (on): the other place has flushed it", Both(store, CommitMode.On, far));
        if (setting.Traits.HasLog)
        {
            chart.Line(Looks.Fourth, "remote_apply: the other place has replayed it", Both(store, CommitMode.RemoteApply, far));
        }
    }

    private static (double X, double Y)[] Both(StoreFacts store, CommitMode mode, double far) =>
        [(0, At(store, mode, RoundTrip(0)).TotalSeconds), (far, At(store, mode, RoundTrip(far)).TotalSeconds)];

    private static void Marks(Chart chart, StorePlan plan, List<Place> sites)
    {
        if (plan.Setting.Traits.IsSynchronous && sites.Count > 0)
        {
            foreach (var site in sites)
            {
                var commit = At(plan.Store, CommitMode.On, site.RoundTrip);
                chart.Point(Shape.Square, site.Kilometres, commit.TotalSeconds, $"{Words.Short(site.Name)} {QuantityText.Of(commit)}");
            }

            chart.Legend.Sign(Shape.Square, isRinged: false, "a site of this system, were it to acknowledge each commit");
        }

        var waitsFor = plan.Setting.Traits.IsSynchronous ? plan.Setting.WaitsFor(plan.Chosen.Candidate.Pattern) : null;
        var at = sites.FirstOrDefault(site => waitsFor?.Joins(plan.Setting.Active.Name, site.Name) == true)?.Kilometres ?? 0;
        chart.Point(Shape.Full, at, plan.Chosen.Commit.TotalSeconds, $"chosen {QuantityText.Of(plan.Chosen.Commit)}", isRinged: true);
        chart.Legend.Sign(Shape.Full, isRinged: true, $"chosen: {PatternWords.Of(plan.Chosen.Candidate.Pattern)}");
    }

    private static string Caption(StorePlan plan, bool isBudgetShown)
    {
        var (store, traits) = (plan.Store, plan.Setting.Traits);
        var budget = isBudgetShown ? "" : $" The budget of {QuantityText.Of(store.CommitBudget.Value)} is far above all of it, and not drawn.";
        if (!traits.IsSynchronous)
        {
            return $"No write of {traits.Engine} waits for another place: {traits.StretchWhy}.{budget}";
        }

        var rest = store.CommitBudget.Value - At(store, CommitMode.On, TimeSpan.Zero);
        var reach = rest < TimeSpan.Zero ? null : Propagation.Reach(rest, PlanDefaults.Equipment);
        var allowed = reach is { } far
            ? $"The budget allows a stretched quorum over {QuantityText.Of(far)} of route."
            : "The budget allows no stretched quorum, however near.";
        return allowed
            + " A kilometre of fibre takes 4.9 µs each way."
            + (traits.HasLog ? $" For remote_apply, what a commit writes on average is replayed at {QuantityText.Of(store.Replay.Value)}." : "") + budget;
    }

    private static string Describe(StorePlan plan, List<Place> sites) =>
        $"The chosen pattern commits in {QuantityText.Of(plan.Chosen.Commit)}; the budget is {QuantityText.Of(plan.Store.CommitBudget.Value)}."
        + string.Concat(sites.Select(site =>
            $" Acknowledged at {site.Name}, {QuantityText.Digits(site.Kilometres)} km away, a commit would take "
            + $"{QuantityText.Of(At(plan.Store, CommitMode.On, site.RoundTrip))}."));

    private static IEnumerable<Place> Sites(Setting setting) =>
        from site in setting.Facts.DataSites
        where site != setting.Active
        let link = setting.Facts.Link(setting.Active.Name, site.Name)
        where link is not null
        select new Place(site.Name, Kilometres(link), link.RoundTrip.Value);

    /// <summary>Where only the round trip is known: how far that would be.</summary>
    private static double Kilometres(LinkFacts link) =>
        link.Route?.Value.Kilometres ?? Propagation.Reach(link.RoundTrip.Value, PlanDefaults.Equipment)?.Kilometres ?? 0;

    private static TimeSpan RoundTrip(double kilometres) => Propagation.RoundTrip(new RouteLength(kilometres), PlanDefaults.Equipment);

    private static TimeSpan At(StoreFacts store, CommitMode mode, TimeSpan roundTrip) =>
        CommitLatency.Of(mode, store.Flush.Value, store.Work.Value, [new StandbyPath(roundTrip, store.Flush.Value, store.Handover.Value, Apply(store))], 1);

    /// <summary>What one commit writes, on average, at the rate at which log is replayed.</summary>
    private static TimeSpan Apply(StoreFacts store) => store.Commits.Value > 0 && store.Replay.Value.BytesPerSecond > 0
        ? Duration.OfSeconds(store.Log.Value.BytesPerSecond / store.Commits.Value / store.Replay.Value.BytesPerSecond)
        : TimeSpan.Zero;

    private sealed record Place(string Name, double Kilometres, TimeSpan RoundTrip);
}
