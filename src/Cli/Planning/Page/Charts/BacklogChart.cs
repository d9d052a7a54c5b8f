using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Page.Charts;

/// <summary>What piles up for the other site while the link is down, and how it drains after that.</summary>
internal static class BacklogChart
{
    public static Element Draw(StorePlan plan, string id)
    {
        var (setting, store) = (plan.Setting, plan.Store);
        var title = $"Backlog in an outage of the link: {store.Name}";
        if (setting.Link is not { } link)
        {
            return Frame.Without(title, "There is no link.");
        }

        var (outage, log) = (link.Outage.Value, store.Log.Value);
        var needed = Backlog.Retention(outage, log);
        if (needed.Bytes <= 0)
        {
            return Frame.Without(
                title, outage == TimeSpan.Zero ? "No outage of the link is to be bridged." : "Nothing is written, so nothing piles up.");
        }

        var bound = store.Queue.Value;
        var full = Backlog.TimeToFull(bound, log);
        var caughtUp = Backlog.CatchUp(outage, setting.Utilisation);
        var end = Duration.Sum([outage, caughtUp ?? outage / 4]);
        var isBoundShown = bound <= needed * 4;
        var chart = new Chart(
            id, title, Says(plan, outage, needed, caughtUp), TimeAxis.Linear("since the link broke", end.TotalSeconds),
            AmountAxis.Bytes("waiting for the other site", (isBoundShown ? Math.Max(bound.Bytes, needed.Bytes) : needed.Bytes) * 1.04));
        var after = new List<(double X, double Y)> { (outage.TotalSeconds, needed.Bytes) };
        if (caughtUp is not null)
        {
            after.Add((end.TotalSeconds, 0));
        }

        if (full < outage)
        {
            chart.Line(Looks.First, "waits, at the average load", [(0, 0), (full.Value.TotalSeconds, bound.Bytes)]);
            chart.Line(Looks.Second, "would wait in a queue that is large enough", [(full.Value.TotalSeconds, bound.Bytes), .. after]);
            chart.Point(Shape.Open, full.Value.TotalSeconds, bound.Bytes, $"full after {QuantityText.Of(full.Value)}");
            chart.Legend.Sign(Shape.Open, isRinged: false, "the queue is full: beyond, the other site needs a new copy");
        }
        else
        {
            chart.Line(Looks.First, "waits, at the average load", [(0, 0), .. after]);
        }

        chart.Upright(Looks.Wanted, $"the link is back, after {QuantityText.Of(outage)}", outage.TotalSeconds);
        if (isBoundShown)
        {
            chart.Level(Looks.Limit, $"the queue holds {QuantityText.Of(bound)}", bound.Bytes);
        }

        chart.Point(Shape.Full, outage.TotalSeconds, needed.Bytes, QuantityText.Of(needed));
        var hidden = isBoundShown ? "" : $" The queue's bound of {QuantityText.Of(bound)} is far above, and not drawn.";
        return chart.Draw(Says(plan, outage, needed, caughtUp) + hidden);
    }

    private static string Says(StorePlan plan, TimeSpan outage, ByteCount needed, TimeSpan? caughtUp)
    {
        var store = plan.Store;
        var holds = store.Queue.Value >= needed ? "which is enough." : "which is NOT enough: the other site needs a new copy then.";
        var drains = caughtUp is { } time
            ? $"Once the link is back, what was kept is over there after {QuantityText.Of(time)}."
            : "Once the link is back, it never drains, and nothing is drawn for it: the stores write more than the link carries "
                + $"({QuantityText.Percent(plan.Setting.Utilisation)} of it).";
        var streams = plan.Chosen.Candidate.Streams ? "" : " The chosen pattern does not stream; this is what a stream would need.";
        return $"In {QuantityText.Of(outage)} without the link {QuantityText.Of(needed)} of log come together; "
            + $"the queue holds {QuantityText.Of(store.Queue.Value)}, {holds} {drains}{streams}";
    }
}
