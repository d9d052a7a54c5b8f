namespace Holdfast.Agent.Api.Health;

/// <summary>The body of a health answer. Load balancers look at the status code only; this is for the person who wonders why.</summary>
/// <param name="Ok">Same as the status code: true is 200, false is 503.</param>
/// <param name="Why">Why it is (not) ok, in one clause.</param>
public sealed record HealthReport(
    bool Ok, string Why, string Member, string Role, string State, long Epoch, string? Primary, uint? Timeline, string? Lsn, long? LagBytes);
