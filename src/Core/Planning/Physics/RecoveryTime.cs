using System.Collections.Immutable;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Physics;

/// <summary>What the time from a failure to the first transaction after it is made of, in this order.</summary>
public enum RecoveryPart { Detect, Decide, Fence, Provision, Restore, Replay, Promote, Redirect, Verify, Wait }

/// <param name="Why">Where the figure comes from, for people.</param>
public sealed record PartTime(RecoveryPart Part, TimeSpan Time, string Why);

/// <summary>A recovery time: the sum of its parts, which follow one another.</summary>
public sealed record RecoveryTime(ImmutableArray<PartTime> Parts)
{
    /// <summary>Writes to coordination between the suspicion and the promotion: promise, election, and what each waits to be told.</summary>
    public const int DecidingWrites = 4;

    public TimeSpan Total => Duration.Sum(Parts.Select(part => part.Time));

    /// <summary>Of parts, without those that take no time.</summary>
    public static RecoveryTime Of(params IEnumerable<PartTime> parts) => new([.. parts.Where(part => part.Time > TimeSpan.Zero)]);
}
