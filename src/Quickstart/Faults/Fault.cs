using System.Collections.Immutable;

namespace Holdfast.Quickstart.Faults;

/// <summary>Something bad that is done to the group while the writer writes.</summary>
internal abstract class Fault
{
    /// <summary>As in the report.</summary>
    public abstract string Name { get; }

    /// <summary>Does it, and what belongs to it (boot, thaw …); returns when there is nothing left to do but to wait for health.</summary>
    public abstract Task<Strike> StrikeAsync(Stage stage, Scene before, CancellationToken cancellationToken);
}

/// <summary>What is left after a fault was exercised.</summary>
/// <param name="RecoversFrom">From when on the time until all are healthy counts (monotonic timestamp).</param>
internal sealed record Strike(long RecoversFrom)
{
    /// <summary>What must hold, besides the group's own health, for it to count as healthy again; null when it does.</summary>
    public Func<string?> Further { get; init; } = () => null;

    /// <summary>What was not as it must be; empty: all well.</summary>
    public ImmutableArray<string> Problems { get; init; } = [];

    public static ImmutableArray<string> ProblemsOf(params IEnumerable<string?> found) => [.. found.OfType<string>()];
}
