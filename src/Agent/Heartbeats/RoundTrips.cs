namespace Holdfast.Agent.Heartbeats;

/// <summary>
/// Measures the way to a peer and back from the echoes in its heartbeats: when one of ours was sent, when its echo came, less what the peer says it
/// held it for. Only differences of the same clock are taken, so that the hosts' clocks need not agree. A calculation only; not thread-safe.
/// </summary>
internal sealed class RoundTrips
{
    /// <summary>So many of our last heartbeats are remembered; an echo of an older one measures nothing.</summary>
    private const int Remembered = 256;
    /// <summary>Each new measurement counts for so much: one late datagram says little about the way.</summary>
    private const double Weight = 1.0 / 8;
    private readonly (long Sequence, long SentAt)[] _sent = new (long, long)[Remembered];
    private string? _incarnation;

    /// <summary>Smoothed; null: not measured yet.</summary>
    public TimeSpan? Smoothed { get; private set; }

    public void Sent(string incarnation, long sequence, long at)
    {
        _incarnation = incarnation;
        _sent[Slot(sequence)] = (sequence, at);
    }

    /// <summary>Takes in an echo that came at <paramref name="receivedAt"/>. What cannot be ours is passed over.</summary>
    public void Returned(HeartbeatEcho echo, long receivedAt, TimeProvider time)
    {
        var (sequence, sentAt) = echo.Sequence > 0 ? _sent[Slot(echo.Sequence)] : default;
        if (echo.Incarnation != _incarnation || sequence != echo.Sequence || echo.Sequence <= 0 || echo.HeldMicroseconds < 0)
        {
            return;
        }

        var away = time.GetElapsedTime(sentAt, receivedAt);
        var held = TimeSpan.FromMicroseconds(Math.Min(echo.HeldMicroseconds, away.TotalMicroseconds));
        var measured = away - held;
        Smoothed = Smoothed is { } before ? before + ((measured - before) * Weight) : measured;
    }

    private static int Slot(long sequence) => (int)(sequence % Remembered);
}
