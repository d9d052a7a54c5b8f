using Holdfast.Agent.Logging;
using Holdfast.Coordination;

namespace Holdfast.Agent.Leases;

/// <param name="LeaseId">0: none.</param>
/// <param name="DeadlineBoot">Boot-clock time until which the holder may act; the safety margin is already taken off.</param>
/// <param name="Held">There is a lease and the deadline has not passed.</param>
public sealed record LeaseState(long LeaseId, TimeSpan DeadlineBoot, bool Held)
{
    public static readonly LeaseState None = new(0, TimeSpan.Zero, false);
}

/// <summary>Keeps one lease alive on threads of its own (R6).</summary>
public sealed class LeaseKeeper : IDisposable
{
    public LeaseKeeper(
        string purpose, ICoordination coordination, TimeSpan timeToLive, TimeSpan margin, IBootClock clock, EventLog? log = null) =>
        throw new NotSupportedException("shape only");

    /// <summary>As of now: <see cref="LeaseState.Held"/> is judged by the clock at the moment of reading.</summary>
    public LeaseState State => throw new NotSupportedException("shape only");

    /// <summary>Granted or renewed: the deadline has moved. Raised on the renewing thread (or the caller of <see cref="AcquireAsync"/>).</summary>
    public event Action<LeaseState>? Extended;

    /// <summary>The deadline passed without a renewal, or the lease is known to be gone. Once per lease, on the deadline's own thread.</summary>
    public event Action<LeaseState>? Expiring;

    public void Start() { Extended?.Invoke(LeaseState.None); Expiring?.Invoke(LeaseState.None); }

    /// <summary>Returns the held lease; grants a new one when there is none or it was lost.</summary>
    /// <exception cref="CoordinationException">Coordination could not be reached or refused.</exception>
    public Task<LeaseState> AcquireAsync(CancellationToken cancellationToken) => throw new NotSupportedException("shape only");

    /// <summary>Gives the lease up at once (no <see cref="Expiring"/>), then revokes it.</summary>
    public Task ReleaseAsync(CancellationToken cancellationToken) => throw new NotSupportedException("shape only");

    public void Dispose() { }
}
