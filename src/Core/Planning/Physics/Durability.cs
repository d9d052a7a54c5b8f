using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Physics;

/// <summary>How seldom all copies are lost at once.</summary>
public static class Durability
{
    /// <summary>
    /// How often all of n copies are gone at the same moment, where each fails at a rate and is made anew in a time, each by itself: n·λ·(λ·MTTR)ⁿ⁻¹.
    /// For two it is the mirrored disks of D. Patterson, G. Gibson and R. Katz, "A Case for Redundant Arrays of Inexpensive Disks (RAID)",
    /// SIGMOD 1988: MTTF² / (2·MTTR) between losses. What strikes all at once adds to it, and soon is all of it.
    /// </summary>
    /// <param name="commonCause">Share of failures that strike all copies at once (β).</param>
    /// <exception cref="ImpossibleException">
    /// No copy; or a copy takes half the time between two failures to be made anew, so that it is never whole.
    /// </exception>
    public static YearlyRate LossOfAll(int copies, YearlyRate failures, TimeSpan repair, Probability commonCause = default)
    {
        if (copies < 1)
        {
            throw new ImpossibleException($"{copies} copies are impossible: there is at least one");
        }

        var down = failures.TimesAYear * (ImpossibleException.IfNegative(repair, "a time to repair") / Duration.Year);
        if (down >= 0.5)
        {
            throw new ImpossibleException(
                $"a repair of {QuantityText.Of(repair)} where a copy fails {QuantityText.Digits(failures.TimesAYear)} times a year is impossible: "
                + "copies would fail faster than they are made");
        }

        var alone = failures * commonCause.Not.Value;
        var together = copies == 1 ? new YearlyRate(0) : failures * commonCause.Value;
        return copies == 1
            ? failures
            : new YearlyRate(copies * alone.TimesAYear * Math.Pow(alone.TimesAYear * (repair / Duration.Year), copies - 1)) + together;
    }

    /// <summary>
    /// Mean time to data loss of groups of disks of which one each may fail: MTTF² / (disks · (others in the group) · MTTR), of the same paper.
    /// </summary>
    /// <param name="disks">All of them, with those for parity.</param>
    /// <param name="group">Disks in one group, with its parity.</param>
    public static TimeSpan MeanTimeToLoss(int disks, int group, TimeSpan meanTimeToFailure, TimeSpan repair) =>
        Duration.OfSeconds(
            meanTimeToFailure.TotalSeconds * meanTimeToFailure.TotalSeconds
            / ImpossibleException.IfNotPositive(disks * (double)(group - 1) * repair.TotalSeconds, "a number of disks times a time to repair", "s"));
}
