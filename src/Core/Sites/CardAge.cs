namespace Holdfast.Core.Sites;

/// <summary>
/// When the other site's newest card was made. All times are of this member's monotonic clock, from any one origin. A card may be on its way for
/// long, so when it was seen says little; what is known is bounded from two sides.
/// </summary>
/// <param name="Beat">Of the newest card.</param>
/// <param name="Leader">Who made it.</param>
/// <param name="Written">The last moment before it was seen at which it was known not to be there; null: not known.</param>
/// <param name="Made">
/// When it was made, at the earliest. The first card of a leader was made after the one before was written, for its writing compares that one's
/// revision. After some of them, while it serves, its own clock tells, by the least time that any of its cards was on its way. Null: not known.
/// </param>
/// <param name="Offset">This member's clock less the leader's, at most; null: not known.</param>
/// <param name="Seen">How many cards of this leader the offset is taken from.</param>
/// <param name="Apart">How many cards in a row came later, by that offset, than any card does.</param>
public sealed record CardAge(long Beat, string Leader, TimeSpan? Written, TimeSpan? Made, TimeSpan? Offset, int Seen = 0, int Apart = 0)
{
    /// <summary>Fewer cards may all have been on their way for long.</summary>
    private const int Enough = 3;
    /// <summary>
    /// So many cards in a row that were all on their way for more than <see cref="Late"/> have not been: the leader's clock was set back, or runs
    /// slow, and the offset begins anew.
    /// </summary>
    private const int Many = 60;
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);
    /// <summary>Who looks this often has not stood still.</summary>
    private static readonly TimeSpan Awake = TimeSpan.FromMilliseconds(500);

    /// <param name="before">What was known; null: nothing.</param>
    /// <param name="looked">When this member looked last: if that is long ago, it has stood still, and the card may have been there for as long.</param>
    /// <param name="confirmed">When the picture in which the newest card was still the one before was last known to be current; null: never.</param>
    public static CardAge Note(CardAge? before, SiteCard card, TimeSpan now, TimeSpan? looked, TimeSpan? confirmed)
    {
        ArgumentNullException.ThrowIfNull(card);
        if (before?.Beat == card.Beat)
        {
            return before;
        }

        // Who does not serve tells when its server was last seen to write, which may be long before it made the card.
        TimeSpan? clock = card.Serving && card.Clock is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;
        var (known, count) = before?.Leader == card.Leader ? (before.Offset, before.Seen) : (null, 0);
        var apart = 0;
        TimeSpan? offset = known;
        if (now - looked <= Awake && now - clock is { } seen)
        {
            apart = seen - known > Late ? before!.Apart + 1 : 0;
            if (apart >= Many)
            {
                (known, count, apart) = (null, 0, 0);
            }

            (offset, count) = (known < seen ? known : seen, count + 1);
        }

        var made = known is null || count <= Enough || clock is null ? before?.Written : Earlier(confirmed, clock + offset);
        return new CardAge(card.Beat, card.Leader, confirmed, made, offset, count, apart);
    }

    private static TimeSpan? Earlier(TimeSpan? one, TimeSpan? other) => one is null || other is null ? null : one < other ? one : other;
}
