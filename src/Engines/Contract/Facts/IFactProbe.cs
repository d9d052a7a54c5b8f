using System.Collections.Immutable;

namespace Holdfast.Engines.Facts;

/// <summary>
/// Measures what a plan is made from. It may be called beside any other call, but not beside itself; it touches nothing that the others do, and what
/// it takes of the disk and of the server is bounded.
/// </summary>
public interface IFactProbe
{
    /// <summary>
    /// Looks at the member's disk and, on a running primary, at its server and its standbys. What cannot be measured is named in
    /// <see cref="MeasuredMember.Problems"/>; it throws for cancellation only.
    /// </summary>
    /// <param name="look">How long the server is watched; at least a second, for a rate to be one of a second.</param>
    Task<MeasuredMember> MeasureAsync(TimeSpan look, CancellationToken cancellationToken);
}

/// <summary>What was measured of one member. Durations are in milliseconds.</summary>
/// <param name="Flushes">One for each page that was written over and flushed where the server writes its log; empty: it could not be measured.</param>
/// <param name="Server">Null: a standby, or the server does not answer.</param>
/// <param name="Standbys">As the primary's server sees them; empty on a standby.</param>
/// <param name="Problems">What could not be measured, and why: one clause each.</param>
public sealed record MeasuredMember(
    ImmutableArray<double> Flushes, MeasuredServer? Server, ImmutableArray<MeasuredStandby> Standbys, ImmutableArray<string> Problems);

/// <summary>What a primary's own statistics say.</summary>
/// <param name="SizeBytes">Of all databases.</param>
/// <param name="LogBytesPerSecond">On average over <paramref name="AverageSeconds"/>.</param>
/// <param name="CommitsPerSecond">Transactions that ended well, reading ones too; on average since they are counted.</param>
/// <param name="RecentLogBytesPerSecond">The highest rate of log over any one second of the look.</param>
/// <param name="Connections">Sessions of clients, not of Holdfast.</param>
public sealed record MeasuredServer(
    long SizeBytes, double LogBytesPerSecond, double CommitsPerSecond, double AverageSeconds, double RecentLogBytesPerSecond, int Connections);

/// <summary>What was seen of a standby in each of several looks a second.</summary>
/// <param name="Flushes">Milliseconds until it had flushed; without the looks at which the server gave none, for nothing was written.</param>
/// <param name="Replays">Milliseconds until it had replayed; likewise.</param>
/// <param name="Bytes">Of log that it had not flushed; one for each look, never empty.</param>
public sealed record MeasuredStandby(
    string Member, ImmutableArray<double> Flushes, ImmutableArray<double> Replays, ImmutableArray<double> Bytes);
