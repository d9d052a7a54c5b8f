namespace Holdfast.Core.Planning.Decisions;

/// <summary>From a figure to points. Never more points for a worse figure.</summary>
internal static class Steps
{
    /// <summary>5 points up to the first bound, 4 up to the second, and so on; none beyond the fifth. For figures of which less is better.</summary>
    public static int UpTo(double value, double five, double four, double three, double two, double one) =>
        value <= five ? 5 : value <= four ? 4 : value <= three ? 3 : value <= two ? 2 : value <= one ? 1 : 0;

    /// <summary>How much of what is allowed is used up: a tenth is splendid, all of it is just enough.</summary>
    public static int Used(TimeSpan taken, TimeSpan allowed) =>
        taken == TimeSpan.Zero ? 5 : allowed <= TimeSpan.Zero ? 0 : UpTo(taken / allowed, 0.1, 0.25, 0.5, 0.75, 1);

    /// <summary>A share, to the nearest point.</summary>
    public static int OfShare(double share) => (int)Math.Floor((Math.Clamp(share, 0, 1) * Score.Best) + 0.5);
}
