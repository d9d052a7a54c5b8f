using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Topology;

namespace Holdfast.Agent.Api.Serving;

/// <summary>
/// What whoever sends clients to members needs of one member; the body of <c>GET /v1/serving</c>. Small, and told anew at once when
/// anything but the lag has changed.
/// </summary>
public sealed record ServingReport
{
    public required string Store { get; init; }
    public required string Site { get; init; }
    public required string Member { get; init; }
    /// <summary>Of the newest record that the agent has seen; 0: none.</summary>
    public long Epoch { get; init; }
    /// <summary>The primary (or standby leader) of <see cref="Epoch"/>; null: none yet.</summary>
    public string? Primary { get; init; }
    /// <summary>The group follows another site.</summary>
    public bool Passive { get; init; }
    /// <summary>Of the newest site record seen; 0: the store has one site, or nothing has been read.</summary>
    public long SiteEpoch { get; init; }
    /// <summary>Null: the store has one site, or nothing has been read.</summary>
    public string? ActiveSite { get; init; }
    /// <summary>primary, standby or unknown.</summary>
    public string Role { get; init; } = "unknown";
    /// <summary>The server serves in its role and is not about to stop: the primary with its gate open, or a standby that streams.</summary>
    public bool Serves { get; init; }
    /// <summary>
    /// The primary only: it is proven that nobody has taken over. Coordination has confirmed the record lately, or k candidates still
    /// acknowledge (R2: they have not promised), or the lease is held (R6); and the same for the site.
    /// </summary>
    public bool Vouched { get; init; }
    /// <summary>Why it does not serve, or is not vouched for; null: it does, and is.</summary>
    public string? Why { get; init; }
    /// <summary>Bytes behind the primary; null: not known.</summary>
    public long? LagBytes { get; init; }

    /// <summary>The same but for what changes all the time.</summary>
    public bool SaysTheSame(ServingReport other) => this with { LagBytes = null, Why = null } == other with { LagBytes = null, Why = null };
}

/// <summary>A report with its number, which rises with every change; to be named in the next question.</summary>
public sealed record ServingAnswer(long Version, ServingReport Report);

/// <summary>Makes the report from one look. Pure.</summary>
public static class ServingJudge
{
    public static ServingReport Judge(MemberView view, Decision decision, GroupStatus status)
    {
        var self = status.Members.FirstOrDefault(member => member.Name == status.Member);
        var isPrimary = self?.Role == "primary";
        var stopping = decision.Action is MemberAction.Stop || view.Activity.Job is { } job && job.StartsWith("stopping", StringComparison.Ordinal);
        var (epoch, active) = view.Sites is null ? (0L, null) : view.KnownActive();
        var away = active is not null && active != status.Site;
        var doubt = isPrimary ? Doubt(view) : null;
        var serves = self is { Healthy: true } && !stopping && !(isPrimary && away);
        return new ServingReport
        {
            Store = status.Store,
            Site = status.Site,
            Member = status.Member,
            Epoch = status.Epoch,
            Primary = status.Primary,
            Passive = status.Mode == "passive",
            SiteEpoch = epoch,
            ActiveSite = active,
            Role = self?.Role ?? "unknown",
            Serves = serves,
            Vouched = isPrimary && serves && doubt is null,
            Why = serves ? doubt : stopping ? "the server is being stopped" : away ? $"the active site is {active}" : self?.Fault ?? self?.State,
            LagBytes = self?.LagBytes,
        };
    }

    /// <summary>Why this member cannot say that nobody has taken over from it; null: it can.</summary>
    public static string? Doubt(MemberView view)
    {
        if (view is not { IAmPrimary: true, Record: { } record })
        {
            return "the record does not name it";
        }

        if (!view.Coordination.Reachable && !(record.Sync.Protects ? IsAcknowledged(view, record) : view.Activity.LeaseHeld))
        {
            return record.Sync.Protects
                ? $"coordination is away and fewer than {record.Sync.Acks} candidates acknowledge: another may have taken over"
                : "coordination is away and the lease is not held: another may have taken over";
        }

        return view.Sites is { Reachable: false, LeaseHeld: false, Policy.Isolation: IsolationPolicy.Fence }
            ? "the global scope is away and the site lease is not held: the other site may have taken over"
            : null;
    }

    /// <summary>
    /// Whoever has promised streams no longer (R2). The server's own word may be old when the network has swallowed the connection, so the
    /// candidate must have been heard too, as one that streams and knows of no newer epoch.
    /// </summary>
    private static bool IsAcknowledged(MemberView view, GroupRecord record)
    {
        var limit = view.Group.Timing.SuspectAfter * 2;
        return record.Sync.Candidates.Count(name =>
            view.Engine.Standbys.Any(standby => standby.Streaming && standby.Member == name) &&
            view.Peers.TryGetValue(name, out var peer) && peer.HeardWithin(limit) && peer.Streaming && peer.Epoch <= record.Epoch) >= record.Sync.Acks;
    }
}
