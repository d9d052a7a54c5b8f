using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Archiving;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Replication;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.Engines.PostgreSql.Sessions;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Observation;

/// <summary>Puts together what can be learnt about the member at this moment.</summary>
internal sealed class Observer(
    StoreSpec store, MemberSpec self, Layout layout, LocalServer server, ServerProcess process, SyncControl sync, AuthenticationFiles gate,
    DataInspector inspector, StoppedFacts stopped, StartingFacts starting, Faults faults, RunMemory memory,
    LinkObserver link, ArchiveScript archive, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(900);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly LocalSession _session = new(server, "observer");
    private readonly ArchiveObserver _archive = new(archive, layout, time);
    private readonly TimelineSession _timeline = new(layout, server);

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

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        await _timeline.DisposeAsync();
        _turn.Dispose();
    }

    private async Task<EngineView> LookBoundedAsync(CancellationToken limit, CancellationToken caller)
    {
        var view = EngineView.Nothing;
        try
        {
            LogFile.Rotate(layout.ServerLog);
            var (state, problem) = await inspector.LookAsync(limit);
            var settings = ServerSettings.Read(layout);
            view = view with
            {
                Data = state,
                DataProblem = problem,
                RestoredIn = RestoredIn(layout),
                SystemId = ControlFile.ReadSystemId(layout),
                GateOpen = gate.GateOpen,
                ConfiguredSync = settings?.Sync,
                ConfiguredExtra = settings?.Extra,
                Upstream = settings?.Upstream,
            };
            if (process.Current is not { } running)
            {
                // What it was is known at once; where its log ends takes reading, and nobody may wait for that to hand over.
                view = view with { Process = ProcessState.Stopped, Role = RoleByFile(), Fault = faults.OfStopped() };
                return await stopped.AddAsync(view, limit);
            }

            stopped.Forget();
            view = view with
            {
                RunId = running.RunId,
                Main = new MainProcess(running.Pid, (ulong)running.StartTicks),
                Process = memory.HasAnswered(running.RunId) ? ProcessState.Unresponsive : ProcessState.Starting,
                // Whether it answers or not, a server without this file is one that may write: fencing (R4) must not wait for its word.
                Role = RoleByFile(),
                Fault = faults.Last,
            };
            return await AskAsync(view, running.RunId, limit);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException or TimeoutException or IOException
            or UnauthorizedAccessException or EngineException or System.Net.Sockets.SocketException or InvalidOperationException)
        {
            caller.ThrowIfCancellationRequested();
            if (exception is PostgresException refusal && !Refusal.IsOfGoingUpOrDown(refusal))
            {
                view = view with { Fault = $"the server admits no session: {refusal.MessageText}; see {layout.ServerLog}" };
            }

            // It ended while it was asked: then there is nothing that could be unresponsive.
            return process.Current is null ? view with { Process = ProcessState.Stopped, RunId = null, Main = null }
                : view is { Process: ProcessState.Starting, Role: MemberRole.Standby, RunId: { } runId } ? starting.AddTo(view, runId)
                : view;
        }
    }

    /// <summary>The epoch of the restore in place that made the data; 0: none did.</summary>
    public static long RestoredIn(Layout layout) =>
        long.TryParse(AtomicFile.ReadOrNull(layout.RestoredMarker)?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? epoch : 0;

    private MemberRole RoleByFile() => File.Exists(layout.StandbySignal) ? MemberRole.Standby : MemberRole.Primary;

    private async Task<EngineView> AskAsync(EngineView view, string runId, CancellationToken cancellationToken)
    {
        var facts = await ServerFacts.AskAsync(_session, cancellationToken);
        memory.Answered(runId);
        if (facts.HasReadAllLog)
        {
            memory.ReadAllLog(runId);
        }

        if (facts.CheckpointerReady)
        {
            memory.SawCheckpointerReady(runId);
        }

        var position = facts.InRecovery ? await StandbyPositionAsync(facts, runId, cancellationToken) : facts.Flushed;
        var history = position is { } known ? TimelineHistory.Read(layout, known.Timeline) : [];
        return view with
        {
            Process = ProcessState.Running,
            Role = facts.InRecovery ? MemberRole.Standby : MemberRole.Primary,
            // A position without its lineage says nothing: the number of a timeline alone does not identify it.
            Position = history is null ? null : position,
            History = history ?? [],
            Applied = facts.InRecovery ? facts.Replayed : null,
            ApplyIdle = facts is { InRecovery: true, HasReadAllLog: true },
            Inserted = facts.Inserted,
            Upstream = facts.InRecovery ? facts.Upstream : null,
            Receiving = facts.HasReceiver,
            Streaming = facts.ReceiverStreams,
            ConfiguredSync = Configured(facts.Sync, ServerSettings.Read(layout)),
            EffectiveSync = await sync.EffectiveAsync(facts, runId, memory, cancellationToken),
            Standbys = facts.InRecovery ? [] : Standbys(facts.Senders),
            PendingRestart = facts.PendingRestart,
            Fault = faults.OfRunning(facts, history is null ? position : null),
            LogGone = faults.LogIsGone,
            Received = facts.InRecovery ? Lsn.Max(facts.Received, facts.Replayed) : null,
            Slots = link.Slots(facts),
            Feeding = facts.InRecovery && Feeder.IsAtWork(layout),
            ArchiveLacks = faults.ArchiveLacks,
            Archive = await _archive.LookAsync(_session, !facts.InRecovery, cancellationToken),
            LogRate = link.Rate(facts, runId),
        };
    }

    /// <summary>The rule alone. A text with more in it is ours only if it is what the file says.</summary>
    private static SyncRule? Configured(string text, ServerSettings? settings) =>
        settings is { Sync: { } rule } && SyncRuleText.Format(rule, settings.Extra) == text ? rule : SyncRuleText.Parse(text);

    /// <summary>
    /// Null until all local log has been read since the start, and while it is not certain to which timeline what was flushed belongs:
    /// after a receiver has ended in the middle of a switch, until the log received has been replayed.
    /// </summary>
    private async Task<LogPosition?> StandbyPositionAsync(ServerFacts facts, string runId, CancellationToken cancellationToken)
    {
        if (!memory.HasReadAllLog(runId))
        {
            return null;
        }

        var flushed = Lsn.Max(facts.Received, facts.Replayed);
        if (facts.ReceiverFlushed is { } receiver && receiver.Lsn >= flushed)
        {
            return receiver;
        }

        var replayed = await _timeline.AskAsync(cancellationToken);
        // When recovery waits for more, what is left over is the beginning of a record, in which nothing acknowledged can be.
        return replayed.Lsn >= flushed || facts.HasReadAllLog ? replayed : null;
    }

    /// <summary>Of several senders to one member the newest speaks for it: the others serve connections that are dead.</summary>
    private ImmutableArray<StandbyView> Standbys(ImmutableArray<ServerFacts.SenderFacts> senders) =>
    [
        .. senders.Where(sender => sender.Name != self.Name && store.Members.ContainsKey(sender.Name))
            .GroupBy(sender => sender.Name, StringComparer.Ordinal)
            .Select(group => group.Last())
            .Select(sender => new StandbyView(
                sender.Name, sender.State == "streaming", sender.Flushed,
                sender is { State: "streaming", Priority: > 0 } && sender.Flushed > Lsn.Zero)),
    ];
}
