using Holdfast.Core.Quorum;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Sites;

/// <summary>How the log comes to the other site.</summary>
public enum LinkState
{
    Unknown,
    Streaming,
    /// <summary>Nobody there receives; the log is kept for them.</summary>
    Queueing,
    /// <summary>They receive again, and are behind.</summary>
    ReSyncing,
    /// <summary>The bound was passed and log has been given up: only the archive or a new clone helps.</summary>
    Lost,
}

/// <summary>What the active primary has measured.</summary>
public sealed record LinkFacts
{
    /// <summary>The member of the other site that streams, or is to.</summary>
    public string? To { get; init; }
    /// <summary>It is connected.</summary>
    public bool Connected { get; init; }
    /// <summary>It is connected and has come so far that it gets the log as it is written.</summary>
    public bool Streaming { get; init; }
    /// <summary>Since its agent's last heartbeat; null: never heard.</summary>
    public TimeSpan? SilentFor { get; init; }
    /// <summary>Log that it has not flushed yet, in bytes; null: not known.</summary>
    public long? Behind { get; init; }
    /// <summary>How old the oldest commit is that it may not have flushed; null: not known.</summary>
    public TimeSpan? Lag { get; init; }
    /// <summary>Log that is kept for it here, in bytes; null: none.</summary>
    public long? Backlog { get; init; }
    public bool Lost { get; init; }
    /// <summary>Bytes of log written per second; null: not measured yet.</summary>
    public long? Rate { get; init; }
    /// <summary>Bytes per second that it flushes; null: not measured yet.</summary>
    public long? Drain { get; init; }
}

/// <summary>What is thought of the link, and what is done about it.</summary>
/// <param name="FullIn">While queueing: when the bound is reached at the present rate; null: not foreseeable.</param>
/// <param name="CaughtUpIn">While re-syncing: when it is done at the present rates; null: not foreseeable.</param>
public sealed record LinkJudgement(LinkState State, SyncExtra Extra, TimeSpan? FullIn = null, TimeSpan? CaughtUpIn = null)
{
    public static readonly LinkJudgement Nothing = new(LinkState.Unknown, SyncExtra.None);
}

/// <summary>Judges the link between sites at the active primary: its state, what commits wait for beyond the rule, and the forecasts. Pure.</summary>
public static class LinkJudge
{
    /// <summary>So much behind is the ordinary way of things.</summary>
    private const long NearBytes = 1 << 20;
    /// <summary>Once commits wait for the other site they do so until its lag is down to this part of the RPO, so that it does not flap.</summary>
    private const double EnoughOfRpo = 0.1;
    /// <summary>Writes go on when so much of the bound is free again.</summary>
    private const double ResumeBelow = 0.9;

    /// <param name="before">The judgement before this one.</param>
    /// <param name="heard">A member is heard when its last heartbeat is not older than this.</param>
    public static LinkJudgement Judge(LinkJudgement before, LinkFacts facts, StoreSpec store, TimeSpan heard)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(store);
        var state = StateOf(before.State, facts, heard);
        return new LinkJudgement(
            state, ExtraOf(before.Extra, state, facts, store, heard),
            state == LinkState.Queueing ? FullIn(facts, store) : null,
            state == LinkState.ReSyncing ? CaughtUpIn(facts, store) : null);
    }

    private static LinkState StateOf(LinkState before, LinkFacts facts, TimeSpan heard)
    {
        if (facts.To is null)
        {
            return LinkState.Unknown;
        }

        if (!facts.Connected)
        {
            return facts.Lost ? LinkState.Lost : LinkState.Queueing;
        }

        // After a silent cut the connection stays for some seconds; nothing comes over it.
        if (!(facts.SilentFor < heard) && facts.Lag >= heard)
        {
            return LinkState.Queueing;
        }

        var near = facts.Behind is not { } behind || behind <= NearBytes;
        return facts.Streaming && (near || before == LinkState.Streaming) ? LinkState.Streaming : LinkState.ReSyncing;
    }

    private static SyncExtra ExtraOf(SyncExtra before, LinkState state, LinkFacts facts, StoreSpec store, TimeSpan heard)
    {
        if (store.Link.QueueFull == QueueFullPolicy.StopWrites && facts.Backlog is { } backlog &&
            backlog >= (before.Hold ? store.Link.QueueBound * ResumeBelow : store.Link.QueueBound))
        {
            return new SyncExtra(Hold: true);
        }

        var reached = store.EnforceRpo && state is LinkState.Streaming or LinkState.ReSyncing && facts.Streaming && facts.SilentFor < heard;
        if (!reached || facts.To is not { } leader || facts.Lag is not { } lag)
        {
            return SyncExtra.None;
        }

        var limit = before.Member == leader ? store.SiteLoss.Rpo * EnoughOfRpo : store.SiteLoss.Rpo;
        return store.EnforceRpo && lag > limit ? new SyncExtra(leader) : SyncExtra.None;
    }

    private static TimeSpan? FullIn(LinkFacts facts, StoreSpec store) =>
        facts.Backlog is { } backlog && facts.Rate is > 0 and { } rate
            ? Span(Math.Max(0, store.Link.QueueBound - backlog) / (double)rate)
            : null;

    private static TimeSpan? CaughtUpIn(LinkFacts facts, StoreSpec store) =>
        facts.Behind is { } behind && (facts.Drain ?? store.Link.Bandwidth) is { } carries && carries > (facts.Rate ?? 0)
            ? Span(behind / (double)(carries - (facts.Rate ?? 0)))
            : null;

    private static TimeSpan? Span(double seconds) => seconds < TimeSpan.FromDays(365).TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;
}
