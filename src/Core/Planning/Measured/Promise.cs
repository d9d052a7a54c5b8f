using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Measured;

/// <summary>What was measured, beside what the plan promises for the same.</summary>
/// <param name="Text">One clause for people.</param>
/// <param name="Measured">The longest that was measured.</param>
/// <param name="Promised">Null: the plan promises nothing for it.</param>
public sealed record Promise(string Text, TimeSpan Measured, TimeSpan? Promised)
{
    /// <summary>It was worse than the plan promises.</summary>
    public bool IsBroken => Measured > Promised;

    /// <summary>Of one store: outages first, then lags.</summary>
    public static IEnumerable<Promise> Of(StorePlan plan, MeasuredStore seen)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(seen);
        var outages = seen.Outages.GroupBy(outage => (outage.BetweenSites, outage.Asked)).OrderBy(group => group.Key);
        return
        [
            .. outages.Select(group => OfOutages(plan, group.Key.BetweenSites, group.Key.Asked, [.. group])),
            .. seen.Lags.Select(lag => OfLag(plan, lag)).OfType<Promise>(),
        ];
    }

    private static Promise OfOutages(StorePlan plan, bool betweenSites, bool asked, IReadOnlyCollection<PastOutage> outages)
    {
        var times = Times.Of(outages.Select(outage => outage.Took))!;
        var what = (betweenSites, asked) switch
        {
            (false, false) => "failovers in the site",
            (false, true) => "switchovers in the site",
            (true, false) => "failovers to the other site",
            (true, true) => "switchovers to the other site",
        };
        var said = $"{what}: {Many(times)}";
        // The history does not know whether it was a process or its host; who is asked to move has nothing to detect, and is promised no more.
        TimeSpan? promised = betweenSites
            ? plan.Chosen.After(FailureKind.Site).Rto
            : Largest(plan.Chosen.After(FailureKind.Process).Rto, plan.Chosen.After(FailureKind.Host).Rto);
        return new Promise(promised is { } most ? $"{said}; promised {QuantityText.Of(most)}" : said, times.Longest, promised);
    }

    private static Promise? OfLag(StorePlan plan, MeasuredLag lag)
    {
        if (lag.Flush is not { } times)
        {
            return null;
        }

        var said = $"lag of {lag.Member}: {Many(times)}, at most {QuantityText.Of(lag.Farthest)} behind";
        // What a standby of the active site lacks is not lost with a site.
        var promised = lag.Site == plan.Setting.Active.Name ? null : plan.Chosen.After(FailureKind.Site).Rpo;
        return new Promise(
            promised is { } most && most > TimeSpan.Zero ? $"{said}; promised: at most {QuantityText.Of(most)} lost with the site" : said,
            times.Longest, promised > TimeSpan.Zero ? promised : null);
    }

    private static string Many(Times times) => times.Samples == 1
        ? QuantityText.Of(times.Median)
        : $"{times.Samples}, median {QuantityText.Of(times.Median)}, 95 % within {QuantityText.Of(times.P95)}, longest {QuantityText.Of(times.Longest)}";

    private static TimeSpan? Largest(TimeSpan? one, TimeSpan? other) => one > other ? one : other;
}
