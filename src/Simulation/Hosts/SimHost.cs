using Holdfast.Agent;
using Holdfast.Agent.Guarding;
using Holdfast.Agent.Logging;
using Holdfast.Core;
using Holdfast.Core.Failover;
using Holdfast.Core.Sites;
using Holdfast.Simulation.Coordination;
using Holdfast.Simulation.Oath;
using Holdfast.Simulation.Servers;
using Holdfast.Simulation.Sites;
using Holdfast.Simulation.Time;

namespace Holdfast.Simulation.Hosts;

/// <summary>A member's host: the server, the disk and the guard outlive the agent, of which there is one run at a time.</summary>
internal sealed class SimHost
{
    private readonly World _world;
    private Action? _stop;
    private int _runs;
    private int? _stepsLeft;

    public SimHost(World world, SimSite site, string name)
    {
        (_world, Site, Name) = (world, site, name);
        Server = new SimServer(world, site, name);
        (Guard, SiteGuard) = (new SimGuard(world, this), new SimGuard(world, this));
    }

    public SimSite Site { get; }
    public string Name { get; }
    public SimServer Server { get; }
    public SimDisk Disk { get; } = new();
    public SimGuard Guard { get; }
    /// <summary>Of the site lease.</summary>
    public SimGuard SiteGuard { get; }
    public SimHeartbeats? Link { get; set; }
    public AgentRun? Run { get; private set; }
    public MemberAgent? Agent { get; private set; }
    public TimeSpan WallClockError { get; set; }
    /// <summary>The epoch of the record under which the agent last decided; for the oath only.</summary>
    public long DecidedUnder { get; private set; }
    public bool AgentLives => Run is { Ended: false };

    /// <summary>Starts the real agent.</summary>
    public void Launch()
    {
        if (AgentLives || Site.IsLost)
        {
            return;
        }

        var run = new AgentRun(_world.Schedule, Name) { WallClockError = WallClockError };
        var log = new EventLog(run.Clock, _world.IsTraced ? (@event, message) => _world.Note(Name, $"{@event}: {message}") : null);
        var stopping = new CancellationTokenSource();
        var stop = stopping.Token;
        _stop = stopping.Cancel;
        _runs++;
        Run = run;
        _world.Note(Name, "agent starts");
        run.After(TimeSpan.FromMilliseconds(_world.Between(1, 20)), () =>
        {
            var agent = new MemberAgent(
                new AgentParts(
                    _world.System, _world.Store, _world.Store.Members[Name], new SimEngine(_world, this, run),
                    new SimCoordination(_world, run, Site.Cluster, sent => _world.Defect.Sends(sent, Site.Keys)),
                    new GuardProgram("simulated", []), new Secret("simulated"), run.Clock, log,
                    _world.Global is { } global
                        ? new SimCoordination(_world, run, global.Cluster, sent => _world.Defect.SendsGlobally(sent, global.Keys),
                            _world.Defect.SiteLeaseIsLonger ? 2 : 1, TakeLateness)
                        : null),
                new SimMemberHost(_world, this, run, $"{Name}#{_runs}"));
            Agent = agent;
            run.Start(() => LiveAsync(agent, run, stop));
        });
    }

    /// <summary>Kills the agent in the middle of whatever it does.</summary>
    public void Kill()
    {
        Run?.End();
        (Run, Agent, Link, _stepsLeft) = (null, null, null, null);
    }

    /// <summary>The agent, the server and the guards end at once.</summary>
    public void LosePower()
    {
        Kill();
        Server.Kill();
        Guard.Die();
        SiteGuard.Die();
    }

    /// <summary>Asks the agent to end, as the service manager does.</summary>
    public void EndInGoodOrder()
    {
        if (Run is { } run && _stop is { } stop)
        {
            run.After(TimeSpan.Zero, stop);
            _world.After(1_500, null, () =>
            {
                if (Run == run)
                {
                    Kill();
                }
            });
        }
    }

    /// <summary>Kills the agent between two of its steps: after so many more decisions that have it do something.</summary>
    public void KillAtStep(int steps) => _stepsLeft = steps;

    /// <summary>The next write to the global scope arrives so much later, in ms.</summary>
    public long Lateness { get; set; }

    private long TakeLateness()
    {
        var late = Lateness;
        Lateness = 0;
        return late;
    }

    /// <summary>What the rules say; on the agent's loop.</summary>
    public Decision Decide(AgentRun run, MemberView view)
    {
        var decision = _world.Defect.Decide(Name, view);
        DecidedUnder = view.Record?.Epoch ?? 0;
        if (decision.Action is MemberAction.None or MemberAction.Complain)
        {
            return decision;
        }

        if (_stepsLeft is { } left && run == Run && (_stepsLeft = left - 1) <= 0)
        {
            _world.Oath.Fault();
            _world.Note(Name, $"FAULT agent killed before {decision.Rule}");
            Kill();
            _world.After(_world.Between(20, 900), null, Launch);
            return decision;
        }

        _world.Oath.Decided(Name, view, decision);
        return decision;
    }

    /// <summary>What the duties say; on the agent's loop of duties.</summary>
    public SiteDecision Decide(AgentRun run, DutyView view)
    {
        var decision = _world.Defect.Decide(view);
        if (decision.Action is SiteAction.None or SiteAction.PublishCard || run != Run || _world.Assassin.Strikes(this, decision))
        {
            return decision;
        }

        ((SitesOath)_world.Oath).Decided(view, decision);
        return decision;
    }

    private async Task LiveAsync(MemberAgent agent, AgentRun run, CancellationToken stop)
    {
        try
        {
            await agent.RunAsync(stop);
            _world.Note(Name, "agent ends in good order");
        }
        catch (AgentStartException exception)
        {
            _world.Note(Name, $"agent ends: {exception.Message}");
        }
        catch (Exception exception) when (exception is not AgentKilledException)
        {
            _world.Oath.Break(0, $"the agent of {Name} fails: {exception}");
        }

        run.End();
    }
}
