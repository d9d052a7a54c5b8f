using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines.PostgreSql.Access;
using Holdfast.Engines.PostgreSql.Archiving;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Loss;
using Holdfast.Engines.PostgreSql.Replication;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.Engines.PostgreSql.Sessions;

namespace Holdfast.Engines.PostgreSql;

/// <summary>What is done to a running server.</summary>
public sealed partial class PostgreSqlEngine
{
    private const string InRecoverySql = "SELECT pg_is_in_recovery()::text";

    public Task PrepareAccessAsync(CancellationToken cancellationToken) =>
        AtEdgeAsync("prepare the roles", () => _roles.PrepareAsync(_credentials, cancellationToken), cancellationToken);

    public Task AttachAsync(string upstream, CancellationToken cancellationToken) => AtEdgeAsync($"attach to {upstream}", async () =>
    {
        Peer(upstream);
        if (_process.Current is not null && await _tornTail.FindAsync(cancellationToken) is { } torn)
        {
            await RestartWithoutAsync(torn, upstream, cancellationToken);
            return;
        }

        await LossSlots.DropAllAsync(_control, cancellationToken);
        await _feeder.ForbidAsync(cancellationToken);
        await _receiver.AttachAsync(upstream, feeds: false, cancellationToken);
        await _logKeeping.OfferToPeersAsync(cancellationToken);
    }, cancellationToken);

    public Task FeedAsync(string upstream, CancellationToken cancellationToken) => AtEdgeAsync($"be fed to follow {upstream}", async () =>
    {
        if (!_archive.IsFilled)
        {
            throw new EngineException($"store {_store.Name} keeps its log nowhere to be fed from: clone this member");
        }

        var bytes = await _control.ValueAsync("SELECT setting FROM pg_settings WHERE name = 'wal_segment_size'", cancellationToken);
        _archive.Write();
        await _feeder.AllowAsync(
            Peer(upstream), Credential(Roles.ReplicationCredential), Credential(Roles.RewindCredential),
            ulong.Parse(bytes!, CultureInfo.InvariantCulture), cancellationToken);
        await _receiver.AttachAsync(upstream, feeds: true, cancellationToken);
        await _logKeeping.OfferToPeersAsync(cancellationToken);
        _log($"{_self.Name} follows {upstream}, fed from {string.Join(" and ", Feeder.Sources(_store))}");
    }, cancellationToken);

    private async Task RestartWithoutAsync(TornPlace torn, string upstream, CancellationToken cancellationToken)
    {
        _log($"{_self.Name} has only the first part of a record at {torn.From}, up to the end of its segment: restarting without it");
        _stopping = true;
        await _process.StopFastAsync(null, cancellationToken);
        torn.Clear();
        var sync = _reloader.Current.Sync ?? SyncRule.Blocked;
        await StartAsync(new StartSpec(MemberRole.Standby, sync, _authentication.GateOpen, upstream), cancellationToken);
    }

    public Task DetachAsync(CancellationToken cancellationToken) => AtEdgeAsync("detach", async () =>
    {
        await _feeder.ForbidAsync(cancellationToken);
        await _receiver.DetachAsync(cancellationToken);
    }, cancellationToken);

    public Task PromoteAsync(CancellationToken cancellationToken) => AtEdgeAsync("promote", async () =>
    {
        if (await _control.ValueAsync(InRecoverySql, cancellationToken) == "false")
        {
            return;
        }

        if (_reloader.Current.Feeds || Feeder.IsAllowed(_layout))
        {
            await _feeder.ForbidAsync(cancellationToken);
            await _receiver.DetachAsync(cancellationToken);
        }

        // Detached: nothing receives. What cannot be made whole must not be promoted either.
        await Task.Run(MakeForksWhole, cancellationToken);
        await _logKeeping.OfferToPeersAsync(cancellationToken);
        if (_store.Backup is not null)
        {
            ArchiveBacklog.Offer(_layout);
        }

        // Part of a record may have been received: the senders that pass log on here have counted it as flushed by their standbys, and would go on
        // to count it for what the new timeline has at that place. They start anew before they count for anything.
        var torn = await _control.ValueAsync(
            "SELECT coalesce(pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn(), false)::text", cancellationToken) == "true";
        await _control.ExecuteAsync("SELECT pg_promote(false)", cancellationToken);
        await Wait.UntilAsync(
            _time, Wait.Fine, async () =>
            {
                if (await _control.ValueAsync(InRecoverySql, cancellationToken) == "false")
                {
                    return true;
                }

                await _gate.EndReadersInTheWayAsync(cancellationToken);
                return false;
            }, cancellationToken);
        if (torn)
        {
            await _control.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_replication", cancellationToken);
        }

        // Senders that served a standby's standbys settle their part in the rule when they read their settings.
        _process.Reload();
        _log($"{_self.Name} promoted");
    }, cancellationToken);

    public Task SetSyncAsync(SyncRule rule, CancellationToken cancellationToken) =>
        AtEdgeAsync("set the acknowledgement rule", () => _sync.SetAsync(rule, cancellationToken), cancellationToken);

    public Task SetExtraAsync(SyncExtra extra, CancellationToken cancellationToken) =>
        AtEdgeAsync("set what commits wait for beyond the rule", () => _sync.SetExtraAsync(extra, cancellationToken), cancellationToken);

    public Task SetGateAsync(bool open, CancellationToken cancellationToken) =>
        AtEdgeAsync(open ? "open the gate" : "close the gate", () => _gate.SetAsync(open, cancellationToken), cancellationToken);

    public Task KeepLogForAsync(ImmutableArray<string> members, CancellationToken cancellationToken) =>
        AtEdgeAsync("keep log for other members", () => _logKeeping.KeepForAsync(members, cancellationToken), cancellationToken);

    public Task FollowSlotsAsync(ImmutableDictionary<string, Lsn> flushed, CancellationToken cancellationToken) =>
        AtEdgeAsync("let go of log", () => _logKeeping.FollowAsync(flushed, cancellationToken), cancellationToken);

    public Task CheckpointAsync(CancellationToken cancellationToken) =>
        AtEdgeAsync("checkpoint", () => _long.ExecuteAsync("CHECKPOINT", cancellationToken), cancellationToken);

    /// <remarks>A commit whose wait is cancelled in the server succeeds with a warning: it does not count here.</remarks>
    public Task ProbeCommitAsync(CancellationToken cancellationToken) => AtEdgeAsync("commit", async () =>
    {
        if (await _long.WarnsAsync(SyncControl.ProbeSql, cancellationToken))
        {
            throw new EngineException($"the probing commit at {_self.Name} was cancelled while it waited for acknowledgement");
        }
    }, cancellationToken);

    public Task<bool> ProbePeerAsync(string member, CancellationToken cancellationToken)
    {
        PeerProbe? probe;
        lock (_probes)
        {
            if (!_probes.TryGetValue(member, out probe))
            {
                _probes[member] = probe = new PeerProbe(Peer(member), Credential(Roles.HealthCredential));
            }
        }

        return probe.AskAsync(cancellationToken);
    }

    public Task ConfigureAsync(CancellationToken cancellationToken) => AtEdgeAsync("configure", async () =>
    {
        _layout.Prepare();
        _authentication.KeepExisting();
        _authentication.Write(_authentication.GateOpen);
        _settings.Adopt();
        WriteBackupConfiguration();
        _archive.Write();
        await _reloader.ApplyAgainAsync(cancellationToken);
    }, cancellationToken);
}
