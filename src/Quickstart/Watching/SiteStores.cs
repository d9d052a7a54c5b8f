using Holdfast.Quickstart.Processes;

namespace Holdfast.Quickstart.Watching;

/// <summary>Both stores of two sites: all is well when it is with each.</summary>
internal sealed class SiteStores(SitePair orders, SitePair sessions, TimeProvider time) : IHealthWatch
{
    public IReadOnlyList<Observation> Latest => [.. orders.Latest, .. sessions.Latest];

    /// <inheritdoc/>
    public string? Primary => $"{orders.Primary ?? "nobody"} and {sessions.Primary ?? "nobody"}";

    /// <inheritdoc/>
    public async Task<string?> WaitHealthyAsync(long since, TimeSpan deadline, Func<string?> further, CancellationToken cancellationToken)
    {
        string? missing = null;
        await Until.TrueAsync(
            () => (missing = further() ?? orders.WhatIsMissing(since) ?? sessions.WhatIsMissing(since)) is null,
            deadline, time, cancellationToken);
        return missing;
    }
}
