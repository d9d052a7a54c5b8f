using System.Text.Json;
using Holdfast.Agent.Hosting;
using Holdfast.Agent.Leases;
using Holdfast.Agent.Logging;
using Holdfast.Agent.Records;
using Holdfast.Coordination;

namespace Holdfast.Agent;

/// <summary>This agent cannot run; the message says why and the remedy.</summary>
public sealed class AgentStartException : Exception
{
    public AgentStartException(string message) : base(message) { }
    public AgentStartException(string message, Exception innerException) : base(message, innerException) { }
    public AgentStartException() { }
}

/// <summary>
/// One agent for each member: on one host by a locked file, across hosts by a key under a lease. A host that crashed and is back finds its own
/// key and takes it over at once.
/// </summary>
internal sealed class Presence(
    ICoordination coordination, GroupKeys keys, string member, string dataDirectory, string incarnation, TimeSpan lease,
    EventLog log, TimeProvider time, IBootClock clock, IDedicatedThreads? threads = null) : IDisposable
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private volatile bool _announced;
    private readonly LeaseKeeper _keeper = new("presence", coordination, lease, lease / 5, clock, log, threads);

    /// <summary>This agent has been announced once as the member's only one; before that it decides nothing.</summary>
    public bool Announced => _announced;

    /// <summary>Raised once, when <see cref="Announced"/> comes true.</summary>
    public event Action? Entered;

    /// <summary>Locks the member on this host until the stream is closed.</summary>
    /// <exception cref="AgentStartException">Another agent of this host runs this member.</exception>
    public static FileStream LockOnThisHost(string directory, string member)
    {
        var path = Path.Combine(directory, "agent.lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AgentStartException(
                exception is UnauthorizedAccessException
                    ? $"{path} cannot be written: run the agent as the user that owns {directory}"
                    : $"another agent runs {member} on this host ({path} is locked): stop it first, or look at it with 'holdfast status'", exception);
        }
    }

    /// <summary>Announces this agent and keeps it announced. Ends by an exception only when another host runs this member.</summary>
    /// <exception cref="AgentStartException">Another host runs this member.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        _keeper.Start();
        var deniedFor = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var held = await _keeper.AcquireAsync(stop);
                var stored = (await coordination.ReadAsync(keys.Presence(member), stop)).Keys.GetValueOrDefault(keys.Presence(member));
                if (stored?.Lease == held.LeaseId)
                {
                    Enter(); // Also when the answer to its announcement was lost.
                }
                else
                {
                    deniedFor = Denied(stored) is { } other ? Deny(deniedFor, other) : await AnnounceAsync(stored, held.LeaseId, stop);
                }
            }
            catch (CoordinationException exception)
            {
                log.Debug("presence", exception.Message);
            }

            await Task.Delay(Retry, time, stop);
        }
    }

    /// <summary>A planned end: others need not wait for the lease.</summary>
    public async Task LeaveAsync(CancellationToken limit)
    {
        try
        {
            await _keeper.ReleaseAsync(limit);
        }
        catch (Exception exception) when (exception is CoordinationException or OperationCanceledException)
        {
            log.Debug("presence", exception.Message);
        }
    }

    public void Dispose() => _keeper.Dispose();

    private async Task<int> AnnounceAsync(KeyValue? stored, long leaseId, CancellationToken stop)
    {
        var mine = JsonSerializer.Serialize(
            new PresenceDocument(incarnation, Environment.MachineName, dataDirectory, Environment.ProcessId),
            DocumentContext.Default.PresenceDocument);
        var condition = Condition.Same(keys.Presence(member), stored?.ModRevision ?? 0);
        var result = await coordination.TransactAsync(new Transaction([condition], [new Operation.Put(keys.Presence(member), mine, leaseId)]), stop);
        if (result.Succeeded)
        {
            Enter();
        }

        return 0;
    }

    private void Enter()
    {
        if (!_announced)
        {
            _announced = true;
            Entered?.Invoke();
        }
    }

    private PresenceDocument? Denied(KeyValue? stored)
    {
        try
        {
            var other = stored is null ? null : JsonSerializer.Deserialize(stored.Text, DocumentContext.Default.PresenceDocument);
            return other is null || (other.Host == Environment.MachineName && other.Data == dataDirectory) ? null : other;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private int Deny(int deniedFor, PresenceDocument other)
    {
        if (deniedFor * Retry > lease * 2)
        {
            throw new AgentStartException(
                $"another agent runs {member}, on host {other.Host} with data in {other.Data} (process {other.Pid}): " +
                "a member has one agent; stop that one, or give this one another name");
        }

        return deniedFor + 1;
    }
}
