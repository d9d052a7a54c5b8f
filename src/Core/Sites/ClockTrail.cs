using System.Collections.Immutable;

namespace Holdfast.Core.Sites;

/// <summary>What the primary of an epoch took for the time when it made its newest card that is known here.</summary>
/// <param name="Clock">By its host's clock, in milliseconds since 1970 (<see cref="SiteCard.Clock"/>).</param>
/// <param name="Made">By this member's monotonic clock, at the earliest (<see cref="CardAge.Made"/>).</param>
public sealed record ClockPoint(long Epoch, long Clock, TimeSpan Made);

/// <summary>
/// The clocks of the other site's primaries, one for each epoch. A row of the ledger is by the clock of the host that was primary under its epoch,
/// and may be compared with no other: another host of the same site can be minutes off, and one that has just been elected has a clock from
/// when it was last seen as a standby.
/// </summary>
public sealed record ClockTrail(ImmutableArray<ClockPoint> Points)
{
    public static readonly ClockTrail Empty = new([]);
    /// <summary>So many changes of primary may lie between the newest row here and the newest card; beyond, nothing can be said.</summary>
    private const int Kept = 16;

    /// <param name="card">The other site's newest card; null: there is none.</param>
    /// <param name="age">The same card's.</param>
    public ClockTrail Note(SiteCard? card, CardAge? age)
    {
        if (card?.Clock is not { } clock || age?.Made is not { } made || age.Beat != card.Beat || Of(card.Epoch) is { } known && known.Clock == clock)
        {
            return this;
        }

        var others = Points.RemoveAll(point => point.Epoch >= card.Epoch);
        return new ClockTrail([.. others.Skip(others.Length + 1 - Kept), new ClockPoint(card.Epoch, clock, made)]);
    }

    /// <summary>Null: no card of that epoch's primary has been seen, or not since this agent's start.</summary>
    public ClockPoint? Of(long epoch) => Points.FirstOrDefault(point => point.Epoch == epoch);
}
