using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Core.Topology;
using Holdfast.Engines.Redis.Configuration;
using Holdfast.Engines.Redis.Files;
using Holdfast.Engines.Redis.Protocol;
using Holdfast.Engines.Redis.Replication;
using Holdfast.Engines.Redis.Server;

namespace Holdfast.Engines.Redis;

/// <summary>The data directory, and the server's start and stop.</summary>
public sealed partial class RedisEngine
{
    private static readonly TimeSpan FastLimit = TimeSpan.FromSeconds(10);
    /// <summary>A stop that writes more than this would hold up writes for longer than the copy that it saves is worth.</summary>
    private const long SaveAtStopBelowBytes = 128L << 20;
    private const int SystemIdDigits = 16;
    private static readonly TimeSpan ConfirmLimit = TimeSpan.FromSeconds(2);
    /// <summary>What is published there marks a place in the stream; nobody needs to listen.</summary>
    private const string EndChannel = "holdfast:end";

    public Task InitialiseAsync(IProgress<JobProgress> progress, CancellationToken cancellationToken) => AtEdgeAsync("initialise", () =>
    {
        RequireReplaceable(allowPresent: false);
        progress.Report(new JobProgress("making an empty data directory"));
        AtomicFile.Write(_layout.IncompleteMarker, "initialising\n");
        DirectoryWork.CreateOwnerOnly(_layout.Data);
        DirectoryWork.Empty(_layout.Data);
        _history.Forget();
        _history.Note(new StoreHistory(RandomNumberGenerator.GetHexString(SystemIdDigits, lowercase: true), []));
        _state.Change(_ => new MemberState { Role = ToldRole.Primary });
        AtomicFile.Delete(_layout.IncompleteMarker);
        return Task.CompletedTask;
    }, cancellationToken);

    public Task CloneAsync(string upstream, IProgress<JobProgress> progress, CancellationToken cancellationToken) => AtEdgeAsync("clone", async () =>
    {
        RequireStopped("clone");
        RequireReplaceable(allowPresent: true);
        await _cloner.EndLeftAsync();
        _users.Write(Credentials(), _state.Current);
        await _cloner.RunAsync(Peer(upstream), Credentials()[Users.ReplicationCredential], progress, cancellationToken);
        _history.Forget();
        _state.Change(now => new MemberState { Saved = SavedSnapshot.Of(_layout.Snapshot), GateOpen = now.GateOpen });
        AtomicFile.Delete(_layout.IncompleteMarker);
    }, cancellationToken);

    /// <remarks>Such a server has no log by which it could be taken back.</remarks>
    public Task RewindAsync(string upstream, LogPosition divergedFrom, IProgress<JobProgress> progress, CancellationToken cancellationToken) =>
        throw new EngineException($"{_self.Name} cannot be taken back to {divergedFrom}: it is copied anew from {upstream}");

    public async Task<SalvageReport> SalvageAsync(LogPosition from, CancellationToken cancellationToken)
    {
        SalvageReport? report = null;
        await AtEdgeAsync("keep the diverged data", async () =>
        {
            RequireStopped("keep the diverged data");
            RequirePresent();
            _layout.Prepare();
            var view = await ObserveAsync(cancellationToken);
            report = await _salvager.RunAsync(from, view is { Process: ProcessState.Stopped, CleanShutdown: true } ? view.Position : null, cancellationToken);
        }, cancellationToken);
        return report!;
    }

    public Task StartAsync(StartSpec spec, CancellationToken cancellationToken) => AtEdgeAsync("start", async () =>
    {
        if (_process.Current is not null)
        {
            return;
        }

        RequirePresent();
        _layout.Prepare();
        await _cloner.EndLeftAsync();
        await _lossFinder.EndLeftAsync();
        var isPrimary = spec.Role == MemberRole.Primary;
        var upstream = !isPrimary && spec.Upstream is { } name ? Peer(name) : null;
        var withLog = !BeginsWithSnapshot();
        await _ends.ChangeAsync(now => now with
        {
            // What was noted of the log says nothing of a snapshot, nor of what a server that follows comes to have.
            End = withLog && !isPrimary && upstream is null && now.End?.Holds(_layout) == true ? now.End : null,
            Role = isPrimary ? ToldRole.Primary : ToldRole.Standby,
            // A standby carries a rule from its first moment, so that promoting it can never acknowledge before it is told by whom.
            AcceptsAlone = isPrimary && AcceptsAlone(spec.Sync),
            GateOpen = spec.GateOpen,
            Upstream = upstream?.Name,
        }, () => Task.CompletedTask, cancellationToken);
        _users.Write(Credentials(), _state.Current);
        _configuration.Write(_state.Current, upstream, withLog, Credentials()[Users.ReplicationCredential]);
        _faults.Begin();
        _stopping = false;
        _applied = WantedUsers;
        await _process.StartAsync(cancellationToken);
    }, cancellationToken);

    public Task StopAsync(StopMode mode, CancellationToken cancellationToken) => AtEdgeAsync("stop", async () =>
    {
        _stopping = true;
        if (mode == StopMode.Fast && _process.Current is { } server)
        {
            using var limit = new CancellationTokenSource(FastLimit, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            var before = SavedSnapshot.Of(_layout.Snapshot);
            LogPosition? end;
            try
            {
                end = await AskToEndAsync(server, either.Token);
            }
            catch (EngineException)
            {
                _stopping = false;
                throw;
            }

            var ended = await _process.EndsAsync(server, either.Token);
            await _process.StopImmediatelyAsync();
            var after = SavedSnapshot.Of(_layout.Snapshot);
            var saved = ended && after != before && SnapshotHeader.Read(_layout.Snapshot) is not null ? after : null;
            _state.Change(now => now with
            {
                Saved = saved,
                End = ended && saved is null && end is { } last && NotedEnd.LogOf(_layout) is { } log ? NotedEnd.At(last, log) : now.End,
            });
            if (!ended)
            {
                _log($"server of {_layout.Data} did not stop in good order in time: it was stopped at once");
            }
        }
        else
        {
            await _process.StopImmediatelyAsync();
        }
    }, CancellationToken.None);

    /// <summary>
    /// A server that ends in good order waits for its standbys, and writes a snapshot if that is soon done.
    /// </summary>
    /// <returns>Of a primary, where its data end, which a log does not say; null: not known.</returns>
    /// <exception cref="EngineException">It must go on.</exception>
    private async Task<LogPosition?> AskToEndAsync(HostProcess server, CancellationToken cancellationToken)
    {
        LogPosition? end = null;
        try
        {
            var look = await Look.TakeAsync(_control, cancellationToken);
            _history.NoteFrom(look);
            if (look.Info.IsPrimary)
            {
                var last = await EndWritesAsync(look.Info.Standbys.Where(standby => IsWaitedFor(standby, look.Info))
                    .Select(standby => standby.Name).Distinct().Count(), cancellationToken);
                // One whose first log is not whole does not end in good order; what is being rewritten is in the files before.
                end = last.Info is { WritesLog: true, LogFails: false } ? last.Known(_history.OnDisk)?.Of(last.Info.ReplicationId)?.At(last.Info.Offset) : null;
            }

            // The standbys have confirmed, and their buffers are sent at the end in any case. Left to itself the server waits for their next regular word, up
            // to a second away: by asking them it has lengthened its stream by the question, which none has confirmed.
            await _control.CallAsync(cancellationToken, "SHUTDOWN", look.Info.MemoryBytes < SaveAtStopBelowBytes ? "SAVE" : "NOSAVE", "NOW");
        }
        catch (RespErrorException refusal)
        {
            _log($"server of {_layout.Data} does not take the word to end ({refusal.Message}): it is told by signal");
            ServerProcess.AskToEnd(server);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // It has closed the connection, as it ought to; or it does not answer, and is stopped at once.
        }

        return end;
    }

    /// <summary>Seconds; a standby confirms once in each.</summary>
    private const long SilentAfter = 3;
    /// <summary>A member of the other site that is further behind is not about to take over: the link, not the stop, decides when it has the rest.</summary>
    private const long FarBehindBytes = 16L << 20;

    /// <summary>Whoever stands still, or is listed a second time because its host came back, does not keep writes waiting.</summary>
    private bool IsWaitedFor(ListedStandby standby, ServerInfo info) => standby.Online && standby.Silence <= SilentAfter &&
        (info.Offset - standby.Offset <= FarBehindBytes || _store.Members.GetValueOrDefault(standby.Name) is not { } member || member.Site == _self.Site);

    /// <summary>
    /// Ends writes, and makes sure that every standby has them all. A server whose clients are paused asks no standby, so writes are refused instead; and
    /// first of all it is asked while they still go on, so that a standby that answers nothing costs no write.
    /// </summary>
    /// <exception cref="EngineException">One has not confirmed: the server goes on.</exception>
    private async Task<Look> EndWritesAsync(int standbys, CancellationToken cancellationToken)
    {
        await RequireConfirmedAsync(standbys, cancellationToken);
        try
        {
            await _control.CallAsync(
                cancellationToken, "CONFIG", "SET", "min-replicas-to-write", ServerConfiguration.NoWrites.ToString(CultureInfo.InvariantCulture));
            await RequireConfirmedAsync(standbys, cancellationToken);
            return await Look.TakeAsync(_control, cancellationToken);
        }
        catch
        {
            using var limit = new CancellationTokenSource(FastLimit, _time);
            await _control.CallAsync(
                limit.Token, "CONFIG", "SET", "min-replicas-to-write",
                _state.Current.AcceptsAlone ? "0" : ServerConfiguration.NoWrites.ToString(CultureInfo.InvariantCulture));
            throw;
        }
    }

    /// <summary>All that was written until now.</summary>
    private async Task RequireConfirmedAsync(int standbys, CancellationToken cancellationToken)
    {
        if (standbys == 0)
        {
            return;
        }

        // Newer servers, Valkey 8 among them, wait only for what this very connection has written. The message is a write in the stream, and none by which
        // writes are refused.
        var replies = await _control.CallAllAsync(
            [["PUBLISH", EndChannel, _self.Name], ["WAIT", standbys.ToString(CultureInfo.InvariantCulture), Milliseconds(ConfirmLimit)]], cancellationToken);
        var confirmed = replies[1].IsError ? throw new RespErrorException(replies[1].Text!) : replies[1].Number;
        if (confirmed < standbys)
        {
            throw new EngineException(
                $"{_self.Name} is not stopped: {confirmed} of {standbys} standbys have confirmed all writes within {ConfirmLimit.TotalSeconds:F0} s")
            {
                IsPassing = true,
            };
        }
    }

    private static string Milliseconds(TimeSpan duration) => ((long)duration.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// The snapshot tells where in the stream it is, so that the member can go on from there; the log is newer, unless the server was stopped in good order
    /// or its data are a fresh copy.
    /// </summary>
    private bool BeginsWithSnapshot() => SavedSnapshot.Of(_layout.Snapshot) is { } there &&
        (!File.Exists(_layout.LogManifest) || _state.Current.Saved == there);

    private bool AcceptsAlone(SyncRule rule) => !rule.Protects ? rule == SyncRule.None : throw new EngineException(
        $"store {_store.Name} cannot let commits wait for {rule}: such a server replicates after it has acknowledged; give host-loss an rpo above 0s");

    private void RequireStopped(string what)
    {
        if (_process.Current is { } server)
        {
            throw new EngineException($"cannot {what} while the server of {_layout.Data} runs (pid {server.Pid}): stop it first");
        }
    }

    private void RequirePresent()
    {
        var (state, problem) = _inspector.Look();
        if (state != DataState.Present)
        {
            throw new EngineException(problem ?? (state == DataState.Empty
                ? $"{_layout.Data} is empty: initialise it or clone into it first"
                : $"{_layout.Data} is not whole, its making was interrupted: clone it anew"));
        }
    }

    private void RequireReplaceable(bool allowPresent)
    {
        _layout.Prepare();
        var (state, problem) = _inspector.Look();
        if (state == DataState.Foreign)
        {
            throw new EngineException(problem ?? $"{_layout.Data} is not Holdfast's");
        }

        if (state == DataState.Present && !allowPresent)
        {
            throw new EngineException($"{_layout.Data} holds a store's data already: they are adopted, never overwritten");
        }
    }
}
