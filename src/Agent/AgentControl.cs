using System.Collections.Immutable;
using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Loss;
using Holdfast.Agent.Api.Serving;
using Holdfast.Agent.Api.Sites;
using Holdfast.Agent.Backup;
using Holdfast.Agent.Records;
using Holdfast.Agent.Sites;
using Holdfast.Coordination;
using Holdfast.Coordination.Mirror;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines;

namespace Holdfast.Agent;

/// <summary>Carries out what the API asks: requests go into coordination, where the members act on them by rule.</summary>
public sealed class AgentControl : IAgentControl
{
    private readonly AgentParts _parts;
    private readonly GroupKeys _keys;
    private readonly PrefixMirror _mirror;
    private readonly Action _wake;
    private readonly Func<bool> _isLive;
    private readonly Func<string> _newId;
    private volatile GroupStatus _status;

    internal AgentControl(AgentParts parts, GroupKeys keys, PrefixMirror mirror, Action wake, Func<bool> isLive, Func<string> newId)
    {
        (_parts, _keys, _mirror, _wake, _isLive, _newId) = (parts, keys, mirror, wake, isLive, newId);
        Serving = new ServingBoard(parts.Time);
        _status = new GroupStatus { System = parts.System.Name, Store = parts.Store.Name, Site = parts.Member.Site, Member = parts.Member.Name };
    }

    public SystemSpec System => _parts.System;
    public StoreSpec Store => _parts.Store;
    public MemberSpec Member => _parts.Member;

    public GroupStatus Status
    {
        get => _status;
        internal set => _status = value;
    }

    public ServingBoard Serving { get; }

    public bool IsLive => _isLive();

    public IBackupDesk? Backups { get; internal init; }

    public IRestoreDesk? Restores { get; internal init; }

    public IRestoreTestDesk? RestoreTests { get; internal init; }

    public ILossSource Losses => new EngineLosses(_parts.Engine);

    public async Task<CommandResult> RequestMoveAsync(MoveKind kind, string? target, bool acceptDataLoss, CancellationToken cancellationToken)
    {
        var picture = PictureReader.Read(_keys, Member.Name, (await _mirror.ReadNowAsync(cancellationToken)).Keys);
        if (Refusal(picture, kind, target, acceptDataLoss) is { } refusal)
        {
            return new CommandResult(false, refusal);
        }

        var request = new RequestDocument(_newId()[..12], kind.ToString(), target, acceptDataLoss);
        var result = await _parts.Coordination.TransactAsync(
            new Transaction(
                [new Condition.Absent(_keys.Request), new Condition.Unchanged(_keys.Record, picture.RecordRevision)],
                [new Operation.Put(_keys.Request, JsonSerializer.Serialize(request, DocumentContext.Default.RequestDocument))]),
            cancellationToken);
        _wake();
        return result.Succeeded
            ? new CommandResult(true, $"{kind.ToString().ToLowerInvariant()} requested", request.Id)
            : new CommandResult(false,
                "the group changed at this very moment, or another move has just been asked for: look at 'holdfast status' and try again");
    }

    public async Task<MoveProgress?> RequestState(string id, CancellationToken cancellationToken)
    {
        var keys = (await _mirror.ReadNowAsync(cancellationToken)).Keys;
        if (keys.TryGetValue(_keys.Request, out var pending) && Read(pending) is { } request && request.Id == id)
        {
            return new MoveProgress(id, Enum.Parse<MoveKind>(request.Kind), request.Target, "pending", Status.Reason ?? "");
        }

        return keys.TryGetValue(_keys.Outcome, out var stored) &&
            JsonSerializer.Deserialize(stored.Text, DocumentContext.Default.OutcomeDocument) is { } outcome && outcome.Id == id
            ? new MoveProgress(id, Enum.Parse<MoveKind>(outcome.Kind), outcome.Target, outcome.State, outcome.Message)
            : null;
    }

    /// <summary>Set for a store with two sites.</summary>
    internal SiteControl? Sites { get; init; }

    public Task<CommandResult> RequestSiteMoveAsync(SiteMoveRequest request, CancellationToken cancellationToken) => Sites is { } sites
        ? sites.RequestAsync(request, cancellationToken)
        : Task.FromResult(new CommandResult(false, $"{Store.Name} has one site only: it cannot be moved to another"));

    public async Task<ImmutableArray<SiteMoveStatus>> SiteMovesAsync(CancellationToken cancellationToken) =>
        Sites is { } sites ? await sites.MovesAsync(cancellationToken) : [];

    public async Task<CommandResult> SetPausedAsync(bool paused, CancellationToken cancellationToken)
    {
        var picture = PictureReader.Read(_keys, Member.Name, (await _mirror.ReadNowAsync(cancellationToken)).Keys);
        if (picture.Record is not { IsBeingBorn: false } record)
        {
            return new CommandResult(false, "the group has no usable record yet: look at 'holdfast status'");
        }

        if (record.Paused == paused)
        {
            return new CommandResult(true, paused ? "the group is paused already" : "the group is not paused");
        }

        if (record is { PendingFork: not null, Mode: not ProtectionMode.Passive })
        {
            return new CommandResult(false, $"{record.Primary} is just being promoted: try again in a moment");
        }

        var result = await _parts.Coordination.TransactAsync(Transactions(picture, record with { Paused = paused }), cancellationToken);
        return result.Succeeded
            ? new CommandResult(true, paused ? "paused: nothing is promoted, demoted or restarted" : "resumed")
            : new CommandResult(false, "the group changed at this very moment: try again");
    }

    public async Task<CommandResult> ReinitialiseAsync(CancellationToken cancellationToken)
    {
        if (Status.Primary is null || Status.Primary == Member.Name)
        {
            return new CommandResult(false,
                $"{Member.Name} is {(Status.Primary is null ? "in a group without a primary" : "the primary")}: " +
                "its data are not wiped. Switch over first");
        }

        if (Status.Paused)
        {
            return new CommandResult(false, IsPaused);
        }

        return await RequestReinit(cancellationToken);
    }

    public async Task<CommandResult> RestartServerAsync(bool onlyIfPending, CancellationToken cancellationToken)
    {
        var me = Status.Members.FirstOrDefault(member => member.Name == Member.Name);
        if (onlyIfPending && me is { PendingRestart.IsEmpty: true })
        {
            return new CommandResult(true, "no setting waits for a restart: nothing was done");
        }

        if (Status.Paused)
        {
            return new CommandResult(false, IsPaused);
        }

        if (Status.Primary == Member.Name && !Status.SafeToLoseHost && Status.Members.Length > 1)
        {
            return new CommandResult(false, $"{Member.Name} is the primary and {Status.Safety}: a restart would be an outage. Mend that first");
        }

        // The rules bring it back: a standby follows again; a primary's candidates are asked to take over, which is shorter than a restart.
        await _parts.Engine.StopAsync(StopMode.Fast, cancellationToken);
        _wake();
        return new CommandResult(true, Status.Primary == Member.Name
            ? "stopped: a candidate takes over, then this member comes back as a standby"
            : "restarting");
    }

    public async Task<ImmutableArray<HistoryEntry>> HistoryAsync(CancellationToken cancellationToken)
    {
        var snapshot = await _parts.Coordination.ReadAsync(_keys.HistoryPrefix, cancellationToken);
        return
        [
            .. snapshot.Keys.Values.Select(stored => JsonSerializer.Deserialize(stored.Text, DocumentContext.Default.HistoryEntry))
                .OfType<HistoryEntry>()
                .OrderByDescending(entry => entry.Epoch),
        ];
    }

    /// <summary>Set by the agent: notes on disk that this member is to be made anew, as after a divergence that could not be rewound.</summary>
    internal Func<CancellationToken, Task<CommandResult>> RequestReinit { get; set; } =
        _ => Task.FromResult(new CommandResult(false, "the agent is not running yet"));

    private string IsPaused => $"the group is paused: resume it first (holdfast resume{(Store.HasTwoSites ? $" --site {Member.Site}" : "")})";

    private Transaction Transactions(GroupPicture picture, Core.Failover.GroupRecord record) =>
        Loop.Transactions.WriteRecord(_keys, picture, record, []);

    private string? Refusal(GroupPicture picture, MoveKind kind, string? target, bool acceptDataLoss)
    {
        var group = Store.Group(Member.Site).Select(member => member.Name).ToImmutableArray();
        return picture.Record is not { IsBeingBorn: false } record ? "the group has no usable record yet: look at 'holdfast status'"
            : record.Paused ? IsPaused
            : picture.Request is { } pending ? $"a {pending.Kind.ToString().ToLowerInvariant()} is under way already (id {pending.Id})"
            : target is not null && !group.Contains(target) ? $"{target} is not a member of this group; its members are {string.Join(", ", group)}"
            : target is not null && target == record.Primary ? $"{target} is the primary already"
            : group.Length < 2 ? "there is no other member to go to"
            : kind == MoveKind.Failover && !record.Sync.Protects && !acceptDataLoss
                ? "the primary runs with one copy only: whoever takes over may lack commits; if that is acceptable, say --accept-data-loss"
            : kind == MoveKind.Failover && target is not null && record.Sync.Protects && !record.Sync.Candidates.Contains(target)
                ? $"{target} is not a candidate (candidates: {string.Join(", ", record.Sync.Candidates)}): it may lack commits"
            : null;
    }

    private static RequestDocument? Read(KeyValue stored)
    {
        try
        {
            return JsonSerializer.Deserialize(stored.Text, DocumentContext.Default.RequestDocument);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
