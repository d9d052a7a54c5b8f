using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Physics;

/// <summary>What piles up while a link is down or too slow, and how long it takes to be gone again: a fluid queue.</summary>
public static class Backlog
{
    /// <summary>ρ: the share of the link that the log takes; 1 and more: it never catches up. Infinite without a link.</summary>
    public static double Utilisation(ByteRate log, ByteRate link) =>
        log.BytesPerSecond == 0 ? 0 : link.BytesPerSecond == 0 ? double.PositiveInfinity : log.BytesPerSecond / link.BytesPerSecond;

    /// <summary>
    /// How long the other site needs to catch up after an outage: T·ρ/(1 − ρ). In T there came λT, and of it the link takes away μ − λ each second.
    /// Null: never, for ρ ≥ 1.
    /// </summary>
    public static TimeSpan? CatchUp(TimeSpan outage, ByteRate log, ByteRate link)
    {
        return CatchUp(outage, Utilisation(log, link));
    }

    /// <summary>The same of ρ itself.</summary>
    public static TimeSpan? CatchUp(TimeSpan outage, double utilisation)
    {
        ImpossibleException.IfNegative(outage, "an outage");
        return utilisation >= 1 ? null : Duration.OfSeconds(outage.TotalSeconds * utilisation / (1 - utilisation));
    }

    /// <summary>How long a queue takes to fill while nothing leaves it. Null: it never does, for nothing is written.</summary>
    public static TimeSpan? TimeToFull(ByteCount bound, ByteRate log) => log.BytesPerSecond == 0 ? null : bound / log;

    /// <summary>What a slot, or an archive, must be able to hold for an outage.</summary>
    /// <param name="margin">Factor for what nobody foresaw.</param>
    public static ByteCount Retention(TimeSpan outage, ByteRate log, double margin = 1) =>
        log * ImpossibleException.IfNegative(outage, "an outage") * ImpossibleException.IfNotPositive(margin, "a margin", "times");

    /// <summary>
    /// The most that the other site falls behind in a peak, in time: at its end (λ − μ)·T wait, and the link needs that much divided by μ for it.
    /// </summary>
    public static TimeSpan LagAfterPeak(TimeSpan peak, ByteRate log, ByteRate link)
    {
        ImpossibleException.IfNegative(peak, "a peak");
        var utilisation = Utilisation(log, link);
        return utilisation <= 1 || peak == TimeSpan.Zero ? TimeSpan.Zero
            : double.IsInfinity(utilisation) ? TimeSpan.MaxValue : Duration.OfSeconds(peak.TotalSeconds * (utilisation - 1));
    }

    /// <summary>How many of those that arrive at a rate are lost with a lag: λ·lag, on average.</summary>
    public static double ExpectedLoss(double perSecond, TimeSpan lag) =>
        ImpossibleException.IfNegative(perSecond, "a rate", "a second") * ImpossibleException.IfNegative(lag, "a lag").TotalSeconds;
}
