using System.Collections.Immutable;
using Holdfast.Agent.Hosting;
using Holdfast.Agent.Logging;
using Holdfast.Coordination;
using Holdfast.Coordination.Mirror;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;
using Holdfast.Core.Topology;
using Holdfast.Engines;

namespace Holdfast.Agent.Sites;

/// <summary>
/// Carries out <see cref="SiteDuties"/>: after each look of the member's loop it decides, and does one thing in the global scope. It runs beside
/// that loop, so that a slow link between sites never delays what is decided inside one.
/// </summary>
internal sealed class SiteDutyLoop(
    SystemSpec system, StoreSpec store, SiteKeys keys, ICoordination global, PrefixMirror mirror, IMemberEngine engine, StepJobs jobs, Ledger ledger,
    MoveVerifier verify, MemberHost host, EventLog log, TimeProvider time, Action wake) : IDisposable
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(500);
    private readonly Bell _news = new(time);
    private readonly DecisionLog _decisions = new(log);
    private volatile Look? _latest;
    private long _writtenRevision;
    private long _cardWritten = time.GetTimestamp() - (long)(SiteDuties.CardInterval.TotalSeconds * time.TimestampFrequency);
    private (string Key, long Since) _step = ("", 0);
    private long? _endedAt;
    private volatile SiteDecision? _decision;

    private sealed record Look(MemberView View, SitePicture Picture, long Revision);

    /// <summary>The newest decision, for status.</summary>
    public SiteDecision? Decision => _decision;

    /// <summary>The member's loop has looked. Never blocks.</summary>
    public void Note(MemberView view, SitePicture picture, long revision)
    {
        _latest = new Look(view, picture, revision);
        _news.Ring();
    }

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await _news.WaitAsync(Timeout.InfiniteTimeSpan, stop);
            if (_latest is not { } look || look.Revision < Volatile.Read(ref _writtenRevision))
            {
                continue; // The next look will have what was written here.
            }

            try
            {
                await TurnAsync(look, stop);
            }
            catch (Exception exception) when (exception is CoordinationException or EngineException ||
                (exception is OperationCanceledException && !stop.IsCancellationRequested))
            {
                log.Warning("sites", exception is OperationCanceledException ? "the global scope did not answer in time" : exception.Message);
                await Task.Delay(Rest, time, stop);
            }
        }
    }

    public void Dispose() => _news.Dispose();

    private async Task TurnAsync(Look look, CancellationToken stop)
    {
        var view = new DutyView
        {
            Member = look.View,
            StepAge = AgeOfStep(look.View.Sites!.Moving),
            CardAge = time.GetElapsedTime(_cardWritten),
            LedgerClock = ledger.Clock,
            Clock = ClockOf(look.View.Engine),
            Jobs = jobs.Current,
        };
        var decision = host.Decide(view);
        if (decision.Action is not SiteAction.PublishCard)
        {
            _decision = decision; // The card of each second says nothing to people, and would hide what is waited for.
            _decisions.Note(
                decision.Rule, decision.Reason, look.View.Sites!.Record?.Epoch ?? 0, decision.Action is SiteAction.None ? decision.Rule : null);
        }

        switch (decision.Action)
        {
            case SiteAction.None:
                break;
            case SiteAction.RunHook run:
                var hook = run.Step == StepKind.BeforeHook ? store.BeforeMove! : store.AfterMove!;
                jobs.Start(run.Move, run.Step, (_, token) => host.Hooks(hook, system.Name, store.Name, run.Move, run.Step, token), stop);
                break;
            case SiteAction.RunVerify run:
                jobs.Start(run.Move, run.Step, (progress, token) => verify(run.Move, progress, token), stop);
                break;
            case SiteAction.RunCheckpoint run:
                jobs.Start(run.Move, StepKind.Prepare, CheckpointAsync, stop);
                break;
            default:
                await WriteAsync(look, decision, stop);
                break;
        }
    }

    private async Task<(bool Succeeded, string Text)> CheckpointAsync(IProgress<string> progress, CancellationToken stop)
    {
        await engine.CheckpointAsync(stop);
        return (true, "checkpoint made");
    }

    private async Task WriteAsync(Look look, SiteDecision decision, CancellationToken stop)
    {
        using var limit = new TimeLimit(CallLimit, time, stop);
        var seen = look.Picture;
        var result = await global.TransactAsync(
            decision.Action switch
            {
                SiteAction.CreateRecord create => SiteTransactions.Create(keys, create.Record),
                SiteAction.PublishCard publish => SiteTransactions.Publish(keys, seen, publish.Card),
                SiteAction.WriteBoth both => SiteTransactions.WriteBoth(keys, seen, both.Record, Stamped(seen.Move, both.Move)),
                SiteAction.WriteMove write => SiteTransactions.WriteMove(keys, seen, Stamped(seen.Move, write.Move)!),
                SiteAction.Take take => SiteTransactions.Take(keys, seen, take.Record, Stamped(seen.Move, take.Move)!, take.LeaseMustBeGone),
                _ => throw new InvalidOperationException($"no transaction for {decision.Action}"),
            },
            limit.Token);
        if (result.Succeeded)
        {
            Volatile.Write(ref _writtenRevision, result.Revision);
            if (decision.Action is SiteAction.PublishCard)
            {
                _cardWritten = time.GetTimestamp();
            }
        }
        else
        {
            log.Debug("sites", "something changed meanwhile: looking again", ("rule", decision.Rule));
        }

        await mirror.ReadNowAsync(limit.Token);
        wake();
    }

    /// <summary>Gives the steps that have begun or ended their times, by this host's clock.</summary>
    private SiteMove? Stamped(SiteMove? before, SiteMove? move)
    {
        if (move is null)
        {
            return null;
        }

        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var known = before?.Id == move.Id ? before.Steps : [];
        return move with
        {
            RequestedAt = move.RequestedAt ?? now,
            Steps =
            [
                .. move.Steps.Select((step, i) => i < known.Length && known[i].State == step.State ? step
                    : step.State == StepState.Running ? step with { StartedAt = now }
                    : step is { HasEnded: true, Took: null }
                        ? step with { StartedAt = step.StartedAt ?? now, Took = Math.Max(0, now - (step.StartedAt ?? now)) }
                    : step),
            ],
        };
    }

    /// <summary>Now, while the server may write; else when it was first seen not to.</summary>
    private long ClockOf(EngineView server)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        _endedAt = server.Process == ProcessState.Stopped || server.Role == MemberRole.Standby ? _endedAt ?? now : null;
        return _endedAt ?? now;
    }

    private TimeSpan AgeOfStep(SiteMove? move)
    {
        var key = move?.Current is { } step ? $"{move.Id}/{step.Kind}/{step.State}" : "";
        if (key != _step.Key)
        {
            _step = (key, time.GetTimestamp());
        }

        return key.Length == 0 ? TimeSpan.Zero : time.GetElapsedTime(_step.Since);
    }
}

/// <summary>Compares the members after, or before, a move: whether they agree, and in words what was compared or what differs.</summary>
internal delegate Task<(bool Succeeded, string Text)> MoveVerifier(SiteMove move, IProgress<string> progress, CancellationToken stop);
