namespace Holdfast.Agent.Api.Probe;

/// <summary>Room for one at a time.</summary>
internal sealed class Slot
{
    private int _taken;

    /// <summary>Null: it is taken. Else it is taken until what is returned is disposed.</summary>
    public IDisposable? TryEnter() => Interlocked.Exchange(ref _taken, 1) == 0 ? new Stay(this) : null;

    private sealed class Stay(Slot slot) : IDisposable
    {
        public void Dispose() => Volatile.Write(ref slot._taken, 0);
    }
}
