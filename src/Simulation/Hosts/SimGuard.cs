using Holdfast.Agent.Guarding;
using Holdfast.Simulation.Time;

namespace Holdfast.Simulation.Hosts;

/// <summary>The guard process of a member: it survives the agent, and stands still with its host.</summary>
internal sealed class SimGuard(World world, SimHost host)
{
    private (TimeSpan Deadline, int Pid)? _armed;

    /// <summary>The host has been switched off.</summary>
    public void Die() => _armed = null;

    public void Arm(TimeSpan deadline, int pid) => Set((deadline, pid));

    public void Pet(TimeSpan deadline)
    {
        if (_armed is { } armed && deadline > armed.Deadline)
        {
            Set((deadline, armed.Pid));
        }
    }

    public void Disarm() => _armed = null;

    private void Set((TimeSpan Deadline, int Pid) armed)
    {
        _armed = armed;
        world.Schedule.At(armed.Deadline.Ticks, host.Name, () =>
        {
            if (_armed == armed)
            {
                _armed = null;
                if (host.Server.Run == armed.Pid)
                {
                    world.Note(host.Name, "the guard ends the server: nobody has moved its deadline");
                    world.Oath.Fault();
                    host.Server.Kill();
                }
            }
        });
    }
}

/// <summary>The guard as one run of the agent calls it.</summary>
/// <param name="isArmed">False: a planted defect leaves it without a deadline.</param>
internal sealed class SimGuardClient(SimGuard guard, bool isArmed, AgentRun run) : ILeaseGuard
{
    public void Prepare(TimeSpan deadline) => run.ThrowIfEnded();

    public void UseWatchdog(string? device, TimeSpan deadline) => run.ThrowIfEnded();

    public void Arm(TimeSpan deadlineBoot, int postmasterPid, ulong postmasterStartTime, TimeSpan deadline)
    {
        run.ThrowIfEnded();
        if (isArmed)
        {
            guard.Arm(deadlineBoot, postmasterPid);
        }
    }

    public void Pet(TimeSpan deadlineBoot, TimeSpan deadline)
    {
        run.ThrowIfEnded();
        guard.Pet(deadlineBoot);
    }

    public void Disarm(TimeSpan deadline)
    {
        run.ThrowIfEnded();
        guard.Disarm();
    }
}
