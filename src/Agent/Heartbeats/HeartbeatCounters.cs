namespace Holdfast.Agent.Heartbeats;

/// <summary>Datagrams since the start, for <c>/metrics</c>.</summary>
/// <param name="Sent">Handed to the network, one per peer.</param>
/// <param name="Unsent">Not handed over: no address yet, no route, a full buffer.</param>
/// <param name="Taken">Came in and counted.</param>
/// <param name="Malformed">Not in our format, too big, or not readable.</param>
/// <param name="Forged">Signed with another token.</param>
/// <param name="Foreign">Of another system or store, or of a member that is not a peer.</param>
/// <param name="Old">Repeated, overtaken, or of an earlier start of the peer's agent.</param>
public sealed record HeartbeatCounters(long Sent, long Unsent, long Taken, long Malformed, long Forged, long Foreign, long Old);

/// <summary>The counters while they count.</summary>
internal sealed class HeartbeatTally
{
    private long _sent;
    private long _unsent;
    private long _taken;
    private long _malformed;
    private long _forged;
    private long _foreign;
    private long _old;

    public void Sent() => Interlocked.Increment(ref _sent);
    public void Unsent() => Interlocked.Increment(ref _unsent);
    public void Taken() => Interlocked.Increment(ref _taken);
    public void Malformed() => Interlocked.Increment(ref _malformed);
    public void Forged() => Interlocked.Increment(ref _forged);
    public void Foreign() => Interlocked.Increment(ref _foreign);
    public void Old() => Interlocked.Increment(ref _old);

    public HeartbeatCounters Read() => new(
        Interlocked.Read(ref _sent), Interlocked.Read(ref _unsent), Interlocked.Read(ref _taken), Interlocked.Read(ref _malformed),
        Interlocked.Read(ref _forged), Interlocked.Read(ref _foreign), Interlocked.Read(ref _old));
}
