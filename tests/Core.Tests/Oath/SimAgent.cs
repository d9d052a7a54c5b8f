using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Core.Tests.Oath;

/// <summary>
/// An agent: its loop looks, asks the rules, and does one thing. What it knows by itself is gone when it crashes; its memory is on disk. Its
/// picture of coordination may be old, and any time may pass between looking and doing.
/// </summary>
internal sealed partial class SimAgent(World world, SimSite site, string name)
{
    private int _incarnation;
    private string _lastDecision = "";
    private (string Action, int Faults)? _done;

    public string Name => name;
    private SimMirror<StoreState> Local => field ??= new SimMirror<StoreState>(world, name, site.Store, 150, Later, Learnt);
    private StoreState? Picture => Local.Picture;
    public bool Alive { get; private set; }
    /// <summary>On disk.</summary>
    public MemberMemory Memory { get; private set; } = new();
    private SimServer Server => world.Servers[name];

    public void Launch()
    {
        Alive = true;
        _incarnation++;
        Forget();
        world.Note(name, "agent starts");
        Later(world.Between(1, 20), Local.Watch);
        LaunchSites();
        Later(world.Between(1, 60), Beat);
        Later(world.Between(10, 60), Tick);
    }

    public void Crash()
    {
        Alive = false;
        _incarnation++;
    }

    public void Begin(MemberMemory memory) => Memory = memory;

    private void Later(long milliseconds, Action action)
    {
        var incarnation = _incarnation;
        world.After(milliseconds, name, () =>
        {
            if (_incarnation == incarnation && Alive)
            {
                action();
            }
        });
    }

    private void Tick()
    {
        Later(world.Between(20, 140), Tick);
        if (_busy)
        {
            return;
        }

        var picture = Picture;
        var view = View();
        Duties(view);
        var decision = FailoverRules.Decide(world.Spec.Table, view);
        var text = Scenarios.ActionText.Of(decision.Action, view);
        if ($"{decision.Rule}: {text}" is var line && line != _lastDecision)
        {
            _lastDecision = line;
            world.Note(name, $"{line}   because {decision.Reason}");
        }

        if (decision.Action is MemberAction.None or MemberAction.Complain)
        {
            _done = null;
            return;
        }

        world.Oath.Decided(name, view, decision);
        if (decision.Action is not MemberAction.HandOver && _done is { } done && done.Action == text && done.Faults == world.Oath.Faults)
        {
            world.Oath.Break(6, $"{name} decides {line} again, although it was done");
        }

        _done = null;
        if (world.Interrupts(this, decision.Rule, false))
        {
            return;
        }

        _busy = true;
        var faults = world.Oath.Faults;
        Later(world.Between(0, 8), () => Do(decision.Action, view, picture, succeeded =>
        {
            _busy = false;
            _done = succeeded ? (text, faults) : null;
            world.Interrupts(this, decision.Rule, true);
        }));
    }

    private void Remember(MemberMemory memory)
    {
        world.Oath.Remembered(name, Memory, memory);
        Memory = memory;
    }
}
