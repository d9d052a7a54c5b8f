using System.Collections.Immutable;
using System.Net.Sockets;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Core.Topology;
using Holdfast.Engines.Redis.Configuration;
using Holdfast.Engines.Redis.Files;
using Holdfast.Engines.Redis.Protocol;
using Holdfast.Engines.Redis.Replication;
using Holdfast.Engines.Redis.Server;
using Holdfast.Engines.Redis.Sessions;

namespace Holdfast.Engines.Redis.Observation;

/// <summary>Puts together what can be learnt about the member at this moment.</summary>
internal sealed class Observer(
    StoreSpec store, MemberSpec self, Layout layout, StateFile state, HistoryKeeper history, ServerProcess process, DataInspector inspector,
    Faults faults, Session session, LinkObserver link, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(900);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly RateMeter _rate = new(TimeSpan.FromSeconds(10));
    private string? _answered;
    private string? _measured;

    public async Task<EngineView> LookAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            using var limit = new CancellationTokenSource(Limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            return await LookBoundedAsync(either.Token, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>How far the data go that a server holds, and up to where they may go.</summary>
    /// <param name="ended">Where the log ended that it began with, if that was noted.</param>
    internal static (LogPosition? Position, Lsn? UpTo) Locate(ServerInfo info, StoreHistory? history, LogPosition? mark, LogPosition? ended)
    {
        if (history is null)
        {
            return (null, null);
        }

        if (history.Of(info.ReplicationId) is { } stretch)
        {
            var exact = stretch.At(info.Offset);
            return (exact, exact.Lsn);
        }

        // A primary's stretch, or that of the primary that it follows, is about to be written down.
        if (info.IsPrimary || info.LinkIsUp || info.IsCopying)
        {
            return (null, null);
        }

        // Otherwise it began with its log, which does not say how far it goes: as far as the mark in it at least, and nobody knows how far beyond.
        return info.IsDetached && ended is { } end ? (end, end.Lsn)
            : history.AtLeast(mark) is { } least ? (least, new Lsn(ulong.MaxValue))
            : (null, null);
    }

    private async Task<EngineView> LookBoundedAsync(CancellationToken limit, CancellationToken caller)
    {
        var view = EngineView.Nothing;
        try
        {
            LogFile.Rotate(layout.ServerLog);
            var (data, problem) = inspector.Look();
            var told = state.Current;
            view = view with
            {
                Data = data,
                DataProblem = problem,
                SystemId = data == DataState.Present ? history.OnDisk?.SystemId : null,
                GateOpen = told.GateOpen,
                ConfiguredSync = told.Sync,
                ConfiguredExtra = SyncExtra.None,
                Upstream = told.Role == ToldRole.Standby ? told.Upstream : null,
            };
            if (process.Current is not { } running)
            {
                return Stopped(view with
                {
                    Process = ProcessState.Stopped,
                    Role = told.Role == ToldRole.Primary ? MemberRole.Primary : MemberRole.Standby,
                    Fault = faults.OfStopped(),
                });
            }

            view = view with
            {
                RunId = running.RunId,
                Main = new MainProcess(running.Pid, (ulong)running.StartTicks),
                Process = _answered == running.RunId ? ProcessState.Unresponsive : ProcessState.Starting,
                // Whether it answers or not: one that was told to be promoted may write, and fencing (R4) must not wait for its word.
                Role = told.Role == ToldRole.Standby ? MemberRole.Standby : MemberRole.Primary,
                Fault = faults.Last,
            };
            return Running(view, await Look.TakeAsync(session, limit), running.RunId);
        }
        catch (Exception exception) when (exception is RespErrorException or OperationCanceledException or IOException or SocketException
            or UnauthorizedAccessException or EngineException or ObjectDisposedException)
        {
            caller.ThrowIfCancellationRequested();
            if (exception is RespErrorException refusal && refusal.Kind != "LOADING")
            {
                view = view with { Fault = $"the server admits no session: {refusal.Message}; see {layout.ServerLog}" };
            }

            // It ended while it was asked: then there is nothing that could be unresponsive.
            return process.Current is null ? view with { Process = ProcessState.Stopped, RunId = null, Main = null } : view;
        }
    }

    /// <summary>Only a stop in good order leaves a snapshot that says how far the data go, or, of a primary, a note of that.</summary>
    private EngineView Stopped(EngineView view)
    {
        if (view.Data == DataState.Present && state.Current is { Role: ToldRole.Primary, End: { } end } && end.Holds(layout))
        {
            return view with { CleanShutdown = true, Position = end.Position, History = history.OnDisk?.Forks ?? [] };
        }

        if (view.Data != DataState.Present || state.Current.Saved is not { } saved || saved != SavedSnapshot.Of(layout.Snapshot))
        {
            return view;
        }

        var header = SnapshotHeader.Read(layout.Snapshot);
        return view with
        {
            CleanShutdown = true,
            Position = history.OnDisk?.Of(header?.ReplicationId) is { } stretch ? stretch.At(header!.Offset) : null,
            History = history.OnDisk?.Forks ?? [],
        };
    }

    private EngineView Running(EngineView view, Look look, string runId)
    {
        var info = look.Info;
        if (info.IsLoading && _answered != runId)
        {
            return view with { Process = ProcessState.Starting };
        }

        _answered = runId;
        var known = look.Known(history.OnDisk);
        var told = state.Current;
        var (position, upTo) = info.IsLoading ? (null, null)
            : Locate(info, known, look.Mark, told.Role == ToldRole.Standby ? told.End?.Position : null);
        Measure(runId, position);
        return view with
        {
            Process = ProcessState.Running,
            Role = info.IsPrimary ? MemberRole.Primary : MemberRole.Standby,
            SystemId = known?.SystemId ?? view.SystemId,
            Position = position,
            History = known?.Forks ?? [],
            Applied = info.IsPrimary ? null : upTo,
            ApplyIdle = !info.IsPrimary && !info.IsLoading && !info.IsCopying,
            Inserted = info.IsPrimary ? position?.Lsn : null,
            Received = info.IsPrimary ? null : position?.Lsn,
            Upstream = info.IsPrimary || info.IsDetached ? null : UpstreamOf(info),
            Receiving = !info.IsPrimary && !info.IsDetached,
            Streaming = !info.IsPrimary && info.LinkIsUp,
            ConfiguredSync = RuleOf(look.MinStandbys),
            EffectiveSync = RuleOf(look.MinStandbys),
            Standbys = info.IsPrimary && known?.Of(info.ReplicationId) is { } stretch ? Standbys(info, stretch) : [],
            Slots = known?.Of(info.ReplicationId) is { } kept ? link.Slots(info, kept) : [],
            PendingRestart = faults.PendingRestart,
            LogRate = _rate.Rate,
            Fault = faults.OfRunning(info),
        };
    }

    private void Measure(string runId, LogPosition? position)
    {
        if (_measured != runId)
        {
            _measured = runId;
            _rate.Forget();
        }

        if (position is { } known)
        {
            _rate.Note(time.GetElapsedTime(0), known.Lsn.Value);
        }
    }

    /// <summary>The server takes up such a setting at once and as a whole.</summary>
    private static SyncRule? RuleOf(string? minStandbys) =>
        !int.TryParse(minStandbys, out var number) ? null : number switch { 0 => SyncRule.None, ServerConfiguration.NoWrites => SyncRule.Blocked, _ => null };

    /// <summary>One that is no member is named by its address: then it is not whom the rules want, and they detach from it.</summary>
    private string UpstreamOf(ServerInfo info) => store.Members.Values
        .FirstOrDefault(member => member.Address == new Endpoint(info.UpstreamHost, info.UpstreamPort))?.Name ?? $"{info.UpstreamHost}:{info.UpstreamPort}";

    private ImmutableArray<StandbyView> Standbys(ServerInfo info, Stretch stretch) =>
    [
        .. from standby in info.Standbys
           where standby.Name != self.Name && store.Members.ContainsKey(standby.Name)
           group standby by standby.Name into listed
           let newest = listed.Last()
           // It counts for nothing: no write waits for it.
           select new StandbyView(listed.Key, newest.Online, stretch.At(newest.Offset).Lsn, Counts: false),
    ];
}
