using Holdfast.Agent.Hosting;
using Holdfast.Agent.Logging;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines;

namespace Holdfast.Agent.Loss;

/// <summary>
/// On the active primary of a store with two sites: keeps decodable what the other site may come to lack. It follows, one interval late, what
/// every member has for sure that streams from here; so whoever takes over, the log from the fork on can be listed afterwards. It runs beside
/// the loop: making it possible for a new database waits for transactions of the users', which may take long.
/// </summary>
internal sealed class LossDuty(StoreSpec store, MemberSpec self, IMemberEngine engine, TimeProvider time, EventLog log)
{
    /// <summary>Each step reads the log since the one before once more, for each database; so not too often, and not too much at once.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);
    private volatile MemberView? _view;
    private string? _lastFault;

    /// <summary>What the member's loop saw last.</summary>
    public void Follow(MemberView view) => _view = view;

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Tick, time);
        (string? Run, Lsn Confirmed, long At) last = default;
        while (await timer.WaitForNextTickAsync(stop))
        {
            if (_view is not { } view || !IsActivePrimary(view))
            {
                last = default;
            }
            else if (last.Run != view.Engine.RunId)
            {
                // Of a run of the server that has just begun nothing is known: slots are made, and none is moved.
                last = (view.Engine.RunId, Lsn.Zero, time.GetTimestamp());
                await KeepAsync(Lsn.Zero, stop);
            }
            else if (time.GetElapsedTime(last.At) >= Interval)
            {
                var confirmed = Confirmed(view, store, self);
                var place = confirmed < last.Confirmed ? confirmed : last.Confirmed;
                last = (last.Run, confirmed, time.GetTimestamp());
                await KeepAsync(place, stop);
            }
        }
    }

    /// <summary>What is certainly had by each member that streams, one of the other site among them; zero while there is none such.</summary>
    internal static Lsn Confirmed(MemberView view, StoreSpec store, MemberSpec self)
    {
        var streaming = view.Engine.Standbys.Where(standby => standby.Streaming && store.Members.ContainsKey(standby.Member)).ToList();
        return streaming.Exists(standby => store.Members[standby.Member].Site != self.Site)
            ? streaming.Min(standby => standby.Flushed)
            : Lsn.Zero;
    }

    private static bool IsActivePrimary(MemberView view) =>
        view is
        {
            IAmPrimary: true, IsPassive: false, Record: { IsBeingBorn: false, PendingFork: null },
            Engine: { Process: ProcessState.Running, Role: MemberRole.Primary },
        };

    private async Task KeepAsync(Lsn place, CancellationToken stop)
    {
        using var limit = new TimeLimit(Limit, time, stop);
        try
        {
            await engine.KeepDecodableAsync(place, limit.Token);
            Say(null);
        }
        catch (EngineException exception)
        {
            Say(exception.Message);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            Say($"losses of {self.Name} cannot be listed yet: a transaction runs for longer than {Limit.TotalMinutes:0} minutes");
        }
    }

    /// <summary>A fault is told once, and when it is over.</summary>
    private void Say(string? fault)
    {
        if (fault == _lastFault)
        {
            return;
        }

        _lastFault = fault;
        if (fault is null)
        {
            log.Info("loss", "the log is kept so that a loss can be listed");
        }
        else
        {
            log.Warning("loss", fault);
        }
    }
}
