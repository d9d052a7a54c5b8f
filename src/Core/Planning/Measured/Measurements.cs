using System.Collections.Immutable;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Measured;

/// <summary>What a running system showed to <c>holdfast plan --probe</c>.</summary>
/// <param name="Links">Between two sites, one way at most for each pair.</param>
public sealed record Measurements(ImmutableArray<MeasuredStore> Stores, ImmutableArray<MeasuredLink> Links)
{
    /// <summary>Nobody measured anything.</summary>
    public bool IsNothing => Links.IsEmpty && Stores.All(store => store.Flushes.IsEmpty && store.Server is null && store.InSite is null);

    /// <summary>Of that store. Null: none of its agents answered.</summary>
    public MeasuredStore? Of(string store) => Stores.FirstOrDefault(one => one.Name == store);
}

/// <summary>Times that were measured, in brief.</summary>
/// <param name="Samples">At least 1.</param>
public sealed record Times(TimeSpan Median, TimeSpan P95, TimeSpan Longest, int Samples)
{
    /// <summary>Null: there are none.</summary>
    public static Times? Of(IEnumerable<TimeSpan> all)
    {
        var sorted = all.Order().ToList();
        // Nearest rank: a value that was seen, never one between two.
        TimeSpan At(double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Count) - 1)];
        return sorted.Count == 0 ? null : new Times(At(0.5), At(0.95), sorted[^1], sorted.Count);
    }
}

/// <summary>The way between two agents.</summary>
/// <param name="From">A site.</param>
/// <param name="To">Another one, or the same: then it is the way between two members there.</param>
/// <param name="By">Which agents: <c>orders-fra-1 to orders-ber-1</c>.</param>
/// <param name="Rate">What one connection carried once it was under way.</param>
/// <param name="Sent">How much that took.</param>
public sealed record MeasuredLink(string From, string To, string By, Times RoundTrip, ByteRate Rate, ByteCount Sent);

/// <summary>What was seen of one store.</summary>
public sealed record MeasuredStore(string Name)
{
    public ImmutableArray<MeasuredFlush> Flushes { get; init; } = [];
    /// <summary>Null: no primary said anything.</summary>
    public MeasuredServer? Server { get; init; }
    /// <summary>Between two members of the active site. Null: there is one only, or it was not measured.</summary>
    public MeasuredLink? InSite { get; init; }
    public ImmutableArray<MeasuredLag> Lags { get; init; } = [];
    /// <summary>How long it was away, each time that its primary changed; as the system itself recorded it.</summary>
    public ImmutableArray<PastOutage> Outages { get; init; } = [];
    /// <summary>Of those outages whose parts are known.</summary>
    public IEnumerable<ChangeParts> Parts => Outages.Select(outage => outage.Parts).OfType<ChangeParts>();
}

/// <summary>Until the disk of a member has a page.</summary>
public sealed record MeasuredFlush(string Member, Times Took);

/// <summary>What the server of the primary counts.</summary>
/// <param name="Since">How long it has counted: the time that the rates are averages over.</param>
/// <param name="Recent">The highest rate of log in a second while it was looked at.</param>
public sealed record MeasuredServer(
    string Member, ByteCount Size, ByteRate Log, double CommitsPerSecond, TimeSpan Since, ByteRate Recent, int Connections);

/// <summary>How far a standby was behind.</summary>
/// <param name="Flush">Null: nothing was written meanwhile.</param>
/// <param name="Replay">Likewise.</param>
/// <param name="Farthest">The most log that it had not flushed.</param>
public sealed record MeasuredLag(string Member, string Site, Times? Flush, Times? Replay, ByteCount Farthest);

/// <param name="BetweenSites">The store moved to another site; otherwise to another member of its site.</param>
/// <param name="Asked">By an operator; otherwise something failed.</param>
/// <param name="Took">From the last sign of life, or the pause of writes, to the first commit.</param>
public sealed record PastOutage(bool BetweenSites, bool Asked, TimeSpan Took)
{
    /// <summary>Null: it was between sites, or not each part was recorded.</summary>
    public ChangeParts? Parts { get; init; }
}

/// <summary>What a change of primary within a site consisted of, as its own history tells.</summary>
/// <param name="Decide">From the ground to take over until somebody was elected.</param>
/// <param name="Promote">From there until the server took commits.</param>
public sealed record ChangeParts(TimeSpan Decide, TimeSpan Promote)
{
    /// <summary>From the milliseconds at which each step came, as a history has them. Null: one is not known, or they are not in this order.</summary>
    public static ChangeParts? Of(double? detected, double? elected, double? promoted) =>
        (detected, elected, promoted) is ({ } ground, { } vote, { } end) && ground <= vote && vote <= end
            ? new ChangeParts(TimeSpan.FromMilliseconds(vote - ground), TimeSpan.FromMilliseconds(end - vote))
            : null;
}
