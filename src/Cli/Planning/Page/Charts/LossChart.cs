using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Page.Charts;

/// <summary>What is lost with a site that is followed asynchronously, against the load of the link in a peak.</summary>
internal static class LossChart
{
    private const string Title = "Loss window against the load of the link";
    private const int Steps = 80;

    public static Element Draw(StorePlan plan, string id)
    {
        var (setting, store) = (plan.Setting, plan.Store);
        var title = $"{Title}: {store.Name}";
        if (setting.Link is null || setting.Traits.FollowsElsewhere is null)
        {
            return Frame.Without(title, setting.Link is null ? "There is no link." : $"{setting.Traits.Engine} does not follow at another site.");
        }

        if (setting.Utilisation >= 1)
        {
            return Frame.Without(title, "More is written than the link carries, on average: the other site falls behind for ever.");
        }

        var now = Backlog.Utilisation(store.PeakLog.Value, setting.Capacity);
        var loads = Axis.Linear("of the link used in a peak, %", Math.Max(200, now * 125));
        var most = loads.To / 100;
        var points = Enumerable.Range(0, Steps + 1).Select(step => most * step / Steps).Concat([1, 1.01, 1.05, 1.2, now]).Order()
            .Select(load => (X: load * 100, Y: Loss(setting, load))).ToList();
        var asked = store.Objectives.GetValueOrDefault(FailureKind.Site)?.Rpo;
        var all = points.Select(point => point.Y).Concat(asked > TimeSpan.Zero ? [asked.Value.TotalSeconds] : []).ToList();
        var chart = new Chart(
            id, title, $"With {QuantityText.Percent(now)} of the link used in a peak of {QuantityText.Of(store.Peak.Value)}, "
                + $"{QuantityText.Of(Duration.OfSeconds(Loss(setting, now)))} may be lost.",
            loads, TimeAxis.Logarithmic("lost with the site, at most", all.Min(), all.Max()));
        chart.Line(Looks.First, "asynchronous: what may be lost", points);
        if (asked is { } rpo)
        {
            chart.Level(Looks.Limit, $"demanded: at most {QuantityText.Of(rpo)}", rpo.TotalSeconds);
        }

        chart.Point(Shape.Full, now * 100, Loss(setting, now), $"now {QuantityText.Percent(now)}");
        chart.Legend.Sign(Shape.Full, isRinged: false, "this store in its peak");
        return chart.Draw(
            $"At the end of a peak of {QuantityText.Of(store.Peak.Value)}. Up to 100 % only what is on its way is lost, and the "
            + $"{QuantityText.Of(store.Ledger.Value)} in which lag is measured; above it the log piles up for as long as the peak lasts.");
    }

    /// <summary>By the model itself, for a peak that uses so much of the link.</summary>
    private static double Loss(Setting setting, double load)
    {
        var peak = new ByteRate(setting.Capacity.BytesPerSecond * load);
        var loaded = new Setting(setting.Facts, setting.Store with { PeakLog = setting.Store.PeakLog with { Value = peak } });
        return LossBound.OfSite(loaded, new Candidate(DataPattern.Asynchronous, setting.Traits.LeastQuorum, Readiness.Warm)).Time!.Value.TotalSeconds;
    }
}
