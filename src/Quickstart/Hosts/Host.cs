using System.Collections.Immutable;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Processes;

namespace Holdfast.Quickstart.Hosts;

/// <summary>
/// One "host": the agent that we start, the guard and the server that the agent starts, and whatever these start. A fault of a host
/// strikes all of them.
/// </summary>
/// <param name="commandLine">Of its agent: the program, then its arguments.</param>
internal sealed class Host(MemberPlace place, ImmutableArray<string> commandLine, ProcessLedger ledger, TimeProvider time) : IDisposable
{
    public const string LedgerPrefix = "agent ";
    private static readonly TimeSpan SignalDeadline = TimeSpan.FromSeconds(10);
    private Detached? _agent;

    /// <summary>A host of Holdfast's.</summary>
    public Host(MemberPlace place, string command, string systemFile, ProcessLedger ledger, TimeProvider time)
        : this(place, [command, "agent", "--member", place.Name, systemFile], ledger, time)
    {
    }

    public MemberPlace Place => place;
    public string Name => place.Name;

    /// <summary>The server's main process; null: none.</summary>
    public ProcessIdentity? Server => Postmaster.Of(place.Data);

    public bool AgentRuns => _agent?.Identity.IsAlive() ?? false;

    /// <summary>Starts the agent, as a host does when it boots.</summary>
    public void StartAgent()
    {
        _agent?.Dispose();
        _agent = Detached.Start(place.AgentLog, commandLine[0], commandLine[1..]);
        ledger.Add(LedgerPrefix + place.Name, _agent.Identity);
    }

    /// <summary>Ends the agent in good order; the server stays.</summary>
    /// <exception cref="QuickstartException">It does not end in time.</exception>
    public async Task StopAgentAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        var agent = _agent ?? throw new QuickstartException($"the agent of {Name} was never started");
        Signals.Send(agent.Identity, Signal.Terminate);
        if (!await agent.WaitForExitAsync(deadline, cancellationToken))
        {
            throw new QuickstartException(
                $"the agent of {Name} still runs {deadline.TotalSeconds:0} s after SIGTERM; see {place.AgentLog}");
        }
    }

    /// <summary>Kills every process of the host, in one go.</summary>
    public Task CrashAsync(CancellationToken cancellationToken) =>
        SignalAllAsync(Signal.Kill, process => !process.IsAlive(), cancellationToken);

    /// <summary>Stops every process of the host where it stands.</summary>
    public Task FreezeAsync(CancellationToken cancellationToken) =>
        SignalAllAsync(Signal.Stop, process => process.IsStopped() || !process.IsAlive(), cancellationToken);

    /// <summary>Lets the processes go on that were stopped.</summary>
    public void Thaw()
    {
        foreach (var process in Processes().Where(process => process.IsStopped()))
        {
            Signals.Send(process, Signal.Continue);
        }
    }

    /// <summary>Until nothing is left to signal: a process may have been born between looking and signalling.</summary>
    private async Task SignalAllAsync(Signal signal, Func<ProcessIdentity, bool> isDone, CancellationToken cancellationToken)
    {
        var all = Processes();
        var done = await Until.TrueAsync(
            () =>
            {
                foreach (var process in all)
                {
                    Signals.Send(process, signal);
                }

                all = [.. Processes().Where(process => !isDone(process))];
                return all.Count == 0;
            },
            SignalDeadline,
            time,
            cancellationToken);
        if (!done)
        {
            throw new QuickstartException(
                $"processes {string.Join(", ", all.Select(process => process.Pid))} of {Name} do not take {signal}");
        }
    }

    /// <summary>Everything that runs on the host, the agent first: it must not have time to act on what happens to the others.</summary>
    public IReadOnlyList<ProcessIdentity> Processes()
    {
        var agent = AgentRuns ? _agent?.Identity : null;
        return [.. ProcessTable.Of(place.Folder, agent).OrderByDescending(process => process == agent)];
    }

    public void Dispose() => _agent?.Dispose();
}
