using System.Collections.Immutable;

namespace Holdfast.Agent.Api.Probe;

/// <summary>Makes a <see cref="Spread"/> of samples.</summary>
internal static class Spreads
{
    /// <returns>Null: there are no samples. Ranks are the nearest, so each figure is one that was measured.</returns>
    public static Spread? Of(IEnumerable<double> samples)
    {
        ImmutableArray<double> sorted = [.. samples.Order()];
        return sorted.IsEmpty ? null : new Spread(At(sorted, 0.5), At(sorted, 0.95), sorted[^1], sorted.Length);
    }

    private static double At(ImmutableArray<double> sorted, double share) => sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
}
