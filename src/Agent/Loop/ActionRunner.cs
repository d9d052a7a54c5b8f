using System.Collections.Immutable;
using System.Text.Json;
using Holdfast.Agent.Hosting;
using Holdfast.Agent.Logging;
using Holdfast.Agent.Loss;
using Holdfast.Agent.Memory;
using Holdfast.Agent.Records;
using Holdfast.Agent.Sites;
using Holdfast.Agent.Watching;
using Holdfast.Coordination;
using Holdfast.Coordination.Mirror;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines;

namespace Holdfast.Agent.Loop;

/// <summary>
/// Does one action of the core's. Short ones before it returns, long ones as a job. Faults come out as exceptions; the loop backs off.
/// </summary>
internal sealed partial class ActionRunner(
    LoopState state, IMemberEngine engine, ICoordination coordination, PrefixMirror mirror, GroupKeys keys, IMemoryStore memoryStore,
    ActivityTracker activity, JobRunner jobs, LeaseDuty lease, SiteAgent? sites, FailoverTimes times, EventLog log, MemberIdentity self, TimeProvider time)
{
    private static readonly TimeSpan ShortLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan JobLimit = TimeSpan.FromHours(24);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(3);
    private Task _checkpoint = Task.CompletedTask;

    /// <summary>Lets those who send clients here know that the server is about to stop; bounded by itself.</summary>
    public Func<CancellationToken, Task> BeforeStop { get; set; } = _ => Task.CompletedTask;

    /// <returns>True: something was done, look again at once. False: nothing changed; wait for news.</returns>
    public async Task<bool> RunAsync(Decision decision, CancellationToken stop)
    {
        using var limit = new TimeLimit(ShortLimit, time, stop);
        switch (decision.Action)
        {
            case MemberAction.None or MemberAction.Complain:
                return false;
            case MemberAction.HandOver handOver:
                return await HandOverAsync(handOver, limit.Token);
            case MemberAction.Checkpoint checkpoint:
                return StartCheckpoint(checkpoint, stop);
            case MemberAction.Initialise or MemberAction.CloneFrom or MemberAction.Rewind or MemberAction.Salvage
                or MemberAction.Restore or MemberAction.PutBack or MemberAction.Stop { Immediate: false }:
                StartJob(decision, stop);
                return true;
            case MemberAction.CreateRecord or MemberAction.WriteRecord or MemberAction.WritePromise or MemberAction.WithdrawPromise
                or MemberAction.Elect or MemberAction.CloseRequest or MemberAction.AcquireLease:
                return await WriteAsync(decision, limit.Token);
            case MemberAction.AcquireSiteLease:
                if (!await sites!.AcquireLeaseAsync(state.Engine, limit.Token))
                {
                    activity.BackOff(TimeSpan.FromMilliseconds(200));
                }

                return true;
            case MemberAction.Remember remember:
                Remember(remember.Memory);
                return true;
            default:
                await OnEngineAsync(decision.Action, limit.Token);
                return true;
        }
    }

    public void Remember(MemberMemory memory)
    {
        if (memory != state.Memory)
        {
            memoryStore.Save(memory);
            state.Memory = memory;
        }
    }

    private async Task OnEngineAsync(MemberAction action, CancellationToken limit)
    {
        switch (action)
        {
            case MemberAction.PrepareAccess:
                await engine.PrepareAccessAsync(limit);
                activity.AccessPrepared = true;
                break;
            case MemberAction.Start start:
                state.HandsOverEpoch = 0;
                await engine.StartAsync(new StartSpec(start.Role, start.Sync, start.GateOpen, start.Upstream), limit);
                activity.Started();
                break;
            case MemberAction.Stop:
                activity.Stopping();
                await engine.StopAsync(StopMode.Immediate, limit);
                break;
            case MemberAction.SetSync setSync:
                await SetSyncAsync(setSync.Rule, limit);
                break;
            case MemberAction.SetGate gate:
                await engine.SetGateAsync(gate.Open, limit);
                break;
            case MemberAction.Attach attach:
                await engine.AttachAsync(attach.Upstream, limit);
                break;
            case MemberAction.Feed feed:
                await engine.FeedAsync(feed.Upstream, limit);
                break;
            case MemberAction.Detach:
                await engine.DetachAsync(limit);
                break;
            case MemberAction.Promote:
                await PromoteAsync(limit);
                break;
            default:
                throw new InvalidOperationException($"no hand for {action}");
        }
    }

    public async Task SetRuleAsync(SyncRule rule, CancellationToken limit)
    {
        await engine.SetSyncAsync(rule, limit);
        activity.ForgetBarrier();
    }

    private async Task SetSyncAsync(SyncRule rule, CancellationToken limit)
    {
        if (state.Engine.Role == MemberRole.Standby)
        {
            // About to be promoted: the others must find their slots when they come, not at a second try.
            await engine.KeepLogForAsync([.. self.Others, .. self.Remote], limit);
        }

        await SetRuleAsync(rule, limit);
    }

    private async Task PromoteAsync(CancellationToken limit)
    {
        await engine.PromoteAsync(limit);
        times.Promoted();
        state.HandsOverEpoch = 0;
    }

    /// <summary>Only says it; the heartbeat carries it, and the loop nudges that. Where only time protects, the lease is given up too.</summary>
    private async Task<bool> HandOverAsync(MemberAction.HandOver handOver, CancellationToken limit)
    {
        activity.HandingOver(true);
        if (state.HandsOverEpoch == handOver.Epoch)
        {
            return false;
        }

        if (lease.Held)
        {
            // The main process is gone, but a session may live on for a while and acknowledge: nobody may take over beside it.
            await engine.StopAsync(StopMode.Immediate, limit);
            await lease.ReleaseAsync(limit);
        }

        state.HandsOverEpoch = handOver.Epoch;
        return true;
    }

    /// <summary>Beside the loop, and not as a job: the sets of candidates must be able to change while a large store is flushed.</summary>
    private bool StartCheckpoint(MemberAction.Checkpoint checkpoint, CancellationToken stop)
    {
        if (!_checkpoint.IsCompleted)
        {
            return false;
        }

        activity.Checkpointing(checkpoint.RequestId);

        _checkpoint = Beside.Run(async () =>
        {
            try
            {
                await engine.CheckpointAsync(stop);
                activity.Checkpointed(checkpoint.RequestId);
            }
            catch (Exception exception) when (exception is EngineException or OperationCanceledException)
            {
                log.Warning("checkpoint", exception.Message);
            }
            finally
            {
                activity.Checkpointing(null);
                self.Wake();
            }
        });
        return false;
    }

    private void StartJob(Decision decision, CancellationToken stop)
    {
        var failed = (Exception exception) => Failed(exception);
        switch (decision.Action)
        {
            case MemberAction.Initialise:
                jobs.Start("initialising a new data directory", token => engine.InitialiseAsync(jobs, token), failed, JobLimit, stop);
                break;
            case MemberAction.CloneFrom clone:
                jobs.Start($"cloning from {clone.Upstream}", token => CopyAsync(() => engine.CloneAsync(clone.Upstream, jobs, token)),
                    failed, JobLimit, stop);
                break;
            case MemberAction.Rewind rewind:
                jobs.Start(
                    $"rewinding to follow {rewind.Upstream}",
                    token => CopyAsync(() => engine.RewindAsync(rewind.Upstream, state.Memory.Divergence!.From, jobs, token)),
                    exception =>
                    {
                        if (exception is EngineException { IsPassing: false } && state.Memory.Divergence is { } divergence)
                        {
                            Remember(state.Memory with { Divergence = divergence with { RewindFailed = true } });
                        }

                        Failed(exception);
                    },
                    JobLimit, stop);
                break;
            case MemberAction.Salvage salvage:
                jobs.Start("copying the diverged log away", token => SalvageAsync(salvage.From, token), SalvageFailed, JobLimit, stop);
                break;
            case MemberAction.Restore restore:
                jobs.Start($"restoring the store up to {restore.Aim}", token => RestoreAsync(restore, token), RestoreFailed, JobLimit, stop);
                break;
            case MemberAction.PutBack back:
                jobs.Start("putting back what a restore has set aside", token => PutBackAsync(back.Epoch, token), failed, JobLimit, stop);
                break;
            case MemberAction.Stop:
                activity.Stopping();
                jobs.Start("stopping in good order", StopInGoodOrderAsync, failed, StopLimit, stop);
                break;
            default:
                throw new InvalidOperationException($"no job for {decision.Action}");
        }
    }

    private async Task StopInGoodOrderAsync(CancellationToken limit)
    {
        await BeforeStop(limit);
        await engine.StopAsync(StopMode.Fast, limit);
    }

    /// <summary>After a copy this member's log is the upstream's, as of the record under which it was made.</summary>
    private async Task CopyAsync(Func<Task> copy)
    {
        var epoch = state.Picture.Record!.Epoch;
        await copy();
        Remember(state.Memory with { LogEpoch = epoch, Epoch = Math.Max(epoch, state.Memory.Epoch), WasPrimary = false, Divergence = null });
    }

    private async Task SalvageAsync(LogPosition from, CancellationToken limit)
    {
        var report = await engine.SalvageAsync(from, limit);
        log.Info("salvage", report.Directory is null ? "nothing had diverged" : $"kept in {report.Directory}",
            ("from", report.From), ("to", report.To), ("bytes", report.Bytes));
        var loss = await engine.DecodeLossAsync(report, LossBound.AcknowledgedUpTo(state.LastOwn, state.Picture.Record, KindOfElection(), from), jobs, limit);
        if (loss is not null)
        {
            log.Info("loss", $"{loss.Transactions} transactions were lost; see 'holdfast loss'", ("report", loss.Id), ("complete", loss.IsComplete));
        }

        if (state.Memory.Divergence is { } divergence)
        {
            Remember(state.Memory with { Divergence = divergence with { Salvaged = true } });
        }
    }

    private string? KindOfElection() =>
        state.Picture.Record is { } record && mirror.Current.Keys.TryGetValue(keys.History(record.Epoch), out var stored)
            && JsonSerializer.Deserialize(stored.Text, DocumentContext.Default.HistoryEntry) is { From: not null } entry
            ? entry.Kind : null; // An entry without it was finished by an agent that had not seen the election.

    /// <summary>What must not be tried again at once.</summary>
    public void AfterFault(Decision decision)
    {
        if (decision.Action is MemberAction.Start or MemberAction.AcquireLease or MemberAction.AcquireSiteLease)
        {
            activity.BackOff(TimeSpan.FromSeconds(1));
        }
    }

    private void SalvageFailed(Exception exception)
    {
        if (exception is EngineException && state.Memory.Divergence is { Requested: true } divergence)
        {
            log.Warning("salvage", "the log cannot be salvaged; the data are made anew as the operator asked");
            Remember(state.Memory with { Divergence = divergence with { Salvaged = true } });
        }

        Failed(exception);
    }

    private void Failed(Exception exception)
    {
        state.Fault = exception.Message;
        activity.BackOff(TimeSpan.FromSeconds(2));
    }
}

/// <summary>Who this agent is, and how to wake its loop.</summary>
/// <param name="Others">The other members of the group. Only they are peers in the sense of the rules; they alone can witness a silence.</param>
/// <param name="Remote">The members of the store at other sites, heard by heartbeats as well.</param>
internal sealed record MemberIdentity(
    string Name, string Incarnation, ImmutableArray<string> Others, ImmutableArray<string> Remote, Action Wake);
