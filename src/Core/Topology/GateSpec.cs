namespace Holdfast.Core.Topology;

/// <summary>What the read-only port does while no standby may be read from.</summary>
public enum WithoutStandby
{
    /// <summary>Hold new connections, and close them at the limit.</summary>
    Refuse,
    /// <summary>Send them to the primary, under the rules of the read-write port.</summary>
    Primary,
}

/// <summary>The entry point for a store's clients, run by <c>holdfast gate</c> beside the application.</summary>
public sealed record GateSpec
{
    /// <summary>Where clients come that want the primary.</summary>
    public Endpoint ReadWrite { get; init; } = new("127.0.0.1", 5000);
    /// <summary>Where clients come that only read.</summary>
    public Endpoint ReadOnly { get; init; } = new("127.0.0.1", 5001);
    /// <summary>How long a new connection may wait for a member that accepts it.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(15);
    /// <summary>Connections at one port, with those that wait; one more is closed at once.</summary>
    public int MaxConnections { get; init; } = 1000;
    /// <summary>A standby further behind gets no new connections, in bytes.</summary>
    public long LagBound { get; init; } = 16L << 20;
    public WithoutStandby WithoutStandby { get; init; } = WithoutStandby.Refuse;
    /// <summary>Without proof of this age or younger that the primary has not been replaced, its connections are closed.</summary>
    public TimeSpan CutOff { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary>How long connections may go on when the gate is told to end.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(10);
}
