using System.Collections.Immutable;

namespace Holdfast.Agent.Api.Probe;

/// <summary>A distribution in brief.</summary>
/// <param name="Samples">How many were taken; never 0.</param>
public sealed record Spread(double Median, double P95, double Max, int Samples);

/// <summary>What a member measured of itself: the answer of <c>POST /v1/probe/member</c>.</summary>
/// <param name="Flush">Milliseconds until the disk of the data directory has a page. Null: it could not be measured.</param>
/// <param name="Server">Of a running primary; null on a standby, or where the server does not answer.</param>
/// <param name="Standbys">As the primary's server sees them; empty on a standby.</param>
/// <param name="Problems">What could not be measured, and why: one clause each, for people.</param>
public sealed record MemberFacts(
    string Store, string Member, Spread? Flush, ServerFacts? Server, ImmutableArray<StandbyLag> Standbys, ImmutableArray<string> Problems);

/// <summary>What a server's own statistics say.</summary>
/// <param name="SizeBytes">Of all databases.</param>
/// <param name="LogBytesPerSecond">Log written, on average over <paramref name="AverageSeconds"/>.</param>
/// <param name="CommitsPerSecond">Likewise.</param>
/// <param name="AverageSeconds">How long ago the statistics began.</param>
/// <param name="RecentLogBytesPerSecond">The highest rate of log seen in one second while it was looked at.</param>
/// <param name="Connections">Sessions of clients.</param>
public sealed record ServerFacts(
    long SizeBytes, double LogBytesPerSecond, double CommitsPerSecond, double AverageSeconds, double RecentLogBytesPerSecond, int Connections);

/// <summary>How far a standby was behind, looked at several times a second.</summary>
/// <param name="Member">Its name.</param>
/// <param name="Flush">Milliseconds until it has flushed; null: the server gave none, for nothing was written.</param>
/// <param name="Replay">Milliseconds until it has replayed; null likewise.</param>
/// <param name="Bytes">Of log that it has not flushed.</param>
public sealed record StandbyLag(string Member, Spread? Flush, Spread? Replay, Spread Bytes);

/// <summary>What an agent measured of the way to another: the answer of <c>POST /v1/probe/link</c>.</summary>
/// <param name="RoundTrip">Milliseconds there and back of a small message on an open connection.</param>
/// <param name="BytesPerSecond">What one connection carried there once it was under way.</param>
/// <param name="Bytes">How much was sent for it; bounded.</param>
/// <param name="Seconds">How long; bounded.</param>
public sealed record LinkProbe(string From, string To, Spread RoundTrip, double BytesPerSecond, long Bytes, double Seconds);
