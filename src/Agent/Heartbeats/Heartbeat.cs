using Holdfast.Core.Failover;

namespace Holdfast.Agent.Heartbeats;

/// <summary>What an agent tells its peers, some times a second. Evidence only: nothing is elected or promoted on its word alone.</summary>
public sealed record Heartbeat
{
    public required string System { get; init; }
    public required string Store { get; init; }
    public required string Member { get; init; }
    /// <summary>Random, new with each start of the agent.</summary>
    public required string Incarnation { get; init; }
    /// <summary>Rises by one with each heartbeat of an incarnation; older ones are dropped.</summary>
    public required long Sequence { get; init; }
    /// <summary>Epoch of the newest record that the sender has seen; 0: none.</summary>
    public long Epoch { get; init; }
    public DataState Data { get; init; }
    public ProcessState Process { get; init; }
    public MemberRole Role { get; init; }
    public LogPosition? Position { get; init; }
    /// <summary>How long before the sending it was asked for <see cref="Position"/>: a sender whose look takes long, or is late, says old things.</summary>
    public long PositionAgeMilliseconds { get; init; }
    /// <summary>Epoch of the last log that the sender holds (see <c>MemberMemory</c>); 0: none.</summary>
    public long LogEpoch { get; init; }
    public bool Streaming { get; init; }
    /// <summary>The sender, a standby, holds the primary of this epoch for dead; 0: it does not.</summary>
    public long SuspectsEpoch { get; init; }
    /// <summary>The sender, primary of this epoch, cannot go on and asks the candidates to take over; 0: it does not.</summary>
    public long HandsOverEpoch { get; init; }
    /// <summary>The sender's server was shut down in good order.</summary>
    public bool CleanShutdown { get; init; }
    /// <summary>For how long the sender has heard nobody of its group, though it ran on time; 0: it hears somebody.</summary>
    public long DeafMilliseconds { get; init; }
    /// <summary>The sender's agent is about to restart; silence is expected for a while.</summary>
    public bool Restarting { get; init; }
    /// <summary>What the sender is busy with, for people; null: nothing.</summary>
    public string? Job { get; init; }
    /// <summary>To members of other sites: what was last heard of them, so that they can measure the way there and back; null: nothing yet.</summary>
    public HeartbeatEcho? Echo { get; init; }
}

/// <summary>Names a heartbeat of the receiver's that the sender has heard.</summary>
/// <param name="HeldMicroseconds">From when it was received until this was sent.</param>
public sealed record HeartbeatEcho(string Incarnation, long Sequence, long HeldMicroseconds);
