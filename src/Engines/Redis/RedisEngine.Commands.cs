using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;
using Holdfast.Core;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines.Redis.Configuration;
using Holdfast.Engines.Redis.Files;
using Holdfast.Engines.Redis.Protocol;
using Holdfast.Engines.Redis.Replication;
using Holdfast.Engines.Redis.Sessions;

namespace Holdfast.Engines.Redis;

/// <summary>What is done to a running server.</summary>
public sealed partial class RedisEngine
{
    private const string ProbeKey = "holdfast:probe";

    public Task PrepareAccessAsync(CancellationToken cancellationToken) => AtEdgeAsync("prepare the users", async () =>
    {
        await ApplyUsersAsync(_control, cancellationToken);
        await BeginHistoryAsync(cancellationToken);
    }, cancellationToken);

    public Task AttachAsync(string upstream, CancellationToken cancellationToken) => AtEdgeAsync($"attach to {upstream}", async () =>
    {
        var peer = Peer(upstream);
        await RequireStandbyAsync(cancellationToken);
        await _ends.ChangeAsync(
            now => now with { End = null },
            () => FollowAsync(peer.Address.Host, peer.Address.Port.ToString(CultureInfo.InvariantCulture), cancellationToken), cancellationToken);
        _state.Change(now => now with { Role = ToldRole.Standby, Upstream = upstream });
        // Whether this member may be followed has changed perhaps, and others wait for it.
        await ApplyUsersAsync(_control, cancellationToken);
    }, cancellationToken);

    public Task FeedAsync(string upstream, CancellationToken cancellationToken) =>
        throw new EngineException($"store {_store.Name} has no archive to be fed from: clone this member");

    /// <remarks>The server ends the link before it answers; what it has received it has applied.</remarks>
    public Task DetachAsync(CancellationToken cancellationToken) => AtEdgeAsync("detach", async () =>
    {
        await RequireStandbyAsync(cancellationToken);
        await FollowAsync(ServerConfiguration.NobodyHost, ServerConfiguration.NobodyPort, cancellationToken);
        var look = await _ends.NoteAsync(_control, now => now with { Role = ToldRole.Standby, Upstream = null }, cancellationToken);
        if (!look.Info.IsDetached || look.Info.LinkIsUp)
        {
            throw new EngineException($"{_self.Name} still follows {look.Info.UpstreamHost}:{look.Info.UpstreamPort}") { IsPassing = true };
        }
    }, cancellationToken);

    public Task PromoteAsync(CancellationToken cancellationToken) => AtEdgeAsync("promote", async () =>
    {
        var look = await Look.TakeAsync(_control, cancellationToken);
        if (look.Info.IsPrimary && _state.Current.Role == ToldRole.Primary)
        {
            return;
        }

        await _ends.ChangeAsync(
            now => now with { Role = ToldRole.Promoting, Upstream = null },
            async () =>
            {
                // From the next command on it would take writes, and there is no history yet to which they belong. In turn: who makes users meanwhile by
                // what was true before would let writes in again.
                await _usersTurn.WaitAsync(cancellationToken);
                try
                {
                    await _control.CallAsync(cancellationToken, ["ACL", "SETUSER", .. _users.Application(Credentials(), _state.Current)]);
                    await _control.CallAsync(cancellationToken, "REPLICAOF", "NO", "ONE");
                }
                finally
                {
                    _usersTurn.Release();
                }
            }, cancellationToken);
        await BeginHistoryAsync(cancellationToken);
        await ApplyUsersAsync(_control, cancellationToken);
        if (!look.Info.WritesLog)
        {
            await _control.CallAsync(cancellationToken, "CONFIG", "SET", "appendonly", "yes");
        }

        _log($"{_self.Name} promoted");
    }, cancellationToken);

    public Task SetSyncAsync(SyncRule rule, CancellationToken cancellationToken) => AtEdgeAsync("set the acknowledgement rule", async () =>
    {
        var alone = AcceptsAlone(rule);
        if (_process.Current is not null)
        {
            await _control.CallAsync(
                cancellationToken, "CONFIG", "SET", "min-replicas-to-write", alone ? "0" : ServerConfiguration.NoWrites.ToString(CultureInfo.InvariantCulture));
        }

        _state.Change(now => now with { AcceptsAlone = alone });
    }, cancellationToken);

    public Task SetExtraAsync(SyncExtra extra, CancellationToken cancellationToken) => extra == SyncExtra.None ? Task.CompletedTask
        : throw new EngineException($"store {_store.Name} cannot let commits wait for another site: such a server replicates after it has acknowledged");

    public Task SetGateAsync(bool open, CancellationToken cancellationToken) => AtEdgeAsync(open ? "open the gate" : "close the gate", async () =>
    {
        await _usersTurn.WaitAsync(cancellationToken);
        try
        {
            var allWereApplied = _applied == WantedUsers;
            if (_process.Current is not null)
            {
                var told = _state.Current with { GateOpen = open };
                foreach (var rule in (ImmutableArray<string>[])[_users.Application(Credentials(), told), Users.BringsBack(Credentials(), told)])
                {
                    await _control.CallAsync(cancellationToken, ["ACL", "SETUSER", .. rule]);
                    if (!open)
                    {
                        // Who is logged in stays so when the user is turned off.
                        await _control.CallAsync(cancellationToken, "CLIENT", "KILL", "USER", rule[0]);
                    }
                }
            }

            // Not before it is so: what is noted is what the rules are told.
            _state.Change(now => now with { GateOpen = open });
            _users.Write(Credentials(), _state.Current);
            // Only those that go by the gate were made here; where others wait for it, upkeep makes all.
            _applied = allWereApplied ? WantedUsers : null;
        }
        finally
        {
            _usersTurn.Release();
        }
    }, cancellationToken);

    /// <remarks>The stream is kept in one backlog of a fixed size, for whoever asks; a standby keeps it too.</remarks>
    public Task KeepLogForAsync(ImmutableArray<string> members, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task FollowSlotsAsync(ImmutableDictionary<string, Lsn> flushed, CancellationToken cancellationToken)
    {
        _link.Note(flushed);
        return Task.CompletedTask;
    }

    /// <remarks>Nothing that is done beforehand makes a stop shorter.</remarks>
    public Task CheckpointAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ProbeCommitAsync(CancellationToken cancellationToken) =>
        AtEdgeAsync("commit", () => _control.CallAsync(cancellationToken, "SET", ProbeKey, _self.Name), cancellationToken);

    public async Task<bool> ProbePeerAsync(string member, CancellationToken cancellationToken)
    {
        Session? probe;
        lock (_probes)
        {
            if (!_probes.TryGetValue(member, out probe))
            {
                var peer = Peer(member).Address;
                _probes[member] = probe = new Session(
                    token => RespConnection.ConnectAsync(peer.Host, peer.Port, token), () => (Users.Health, Credentials()[Users.HealthCredential].Reveal()));
            }
        }

        try
        {
            await probe.CallAsync(cancellationToken, "PING");
            return true;
        }
        catch (RespErrorException refusal)
        {
            // It answers, if only to say no.
            return refusal.Kind != "LOADING";
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
    }

    public Task ConfigureAsync(CancellationToken cancellationToken) => AtEdgeAsync("configure", async () =>
    {
        await ApplyUsersAsync(_control, cancellationToken);
        var pending = new List<string>();
        foreach (var (name, value) in _spec.Settings)
        {
            try
            {
                await _control.CallAsync(cancellationToken, "CONFIG", "SET", name, value);
            }
            catch (RespErrorException)
            {
                pending.Add(name);
            }
        }

        _faults.PendingRestart = [.. pending];
    }, cancellationToken);

    private async Task FollowAsync(string host, string port, CancellationToken cancellationToken)
    {
        await _control.CallAsync(cancellationToken, "CONFIG", "SET", "masterauth", Credentials()[Users.ReplicationCredential].Reveal());
        await _control.CallAsync(cancellationToken, "REPLICAOF", host, port);
    }

    /// <summary>To follow somebody would make a primary throw its data away.</summary>
    private async Task RequireStandbyAsync(CancellationToken cancellationToken)
    {
        if ((await Look.TakeAsync(_control, cancellationToken)).Info.IsPrimary)
        {
            throw new EngineException($"the server of {_self.Name} runs as a primary: it must be stopped, and started as a standby");
        }
    }

    private async Task BeginHistoryAsync(CancellationToken cancellationToken)
    {
        if (await _history.EnsureAsync(cancellationToken) is { } now)
        {
            await _history.MarkAsync(now.Stretch.At(now.Offset), cancellationToken);
        }
    }

    private async Task ApplyUsersAsync(Session session, CancellationToken cancellationToken)
    {
        await _usersTurn.WaitAsync(cancellationToken);
        try
        {
            var (wanted, told) = (WantedUsers, _state.Current);
            _users.Write(Credentials(), told);
            foreach (var rule in _users.Rules(Credentials(), told))
            {
                await session.CallAsync(cancellationToken, ["ACL", "SETUSER", .. rule]);
            }

            await session.CallAsync(cancellationToken, "CONFIG", "SET", "masterauth", Credentials()[Users.ReplicationCredential].Reveal());
            _applied = wanted;
        }
        finally
        {
            _usersTurn.Release();
        }
    }

    /// <summary>What the users depend on, as it is now.</summary>
    private WantedUsersOf WantedUsers => WantedBy(_state.Current);

    private WantedUsersOf WantedBy(MemberState told) => new(told.Role, told.GateOpen, _users.MayBeFollowed(told), _credentials);

    private sealed record WantedUsersOf(ToldRole Role, bool GateOpen, bool MayBeFollowed, ImmutableDictionary<string, Secret> Credentials);
}
