namespace Holdfast.Coordination.InMemory;

/// <summary>The leases of a store; the store guards it by its lock.</summary>
internal sealed class InMemoryLeases(TimeProvider time)
{
    private readonly Dictionary<long, (TimeSpan TimeToLive, ITimer Timer)> _leases = [];
    private long _last;

    public bool Exists(long id) => _leases.ContainsKey(id);

    public long Grant(TimeSpan timeToLive, Action<long> expire)
    {
        var id = ++_last;
        _leases[id] = (timeToLive, time.CreateTimer(_ => expire(id), null, timeToLive, Timeout.InfiniteTimeSpan));
        return id;
    }

    /// <summary>The time to live from now on; null: gone.</summary>
    public TimeSpan? Renew(long id)
    {
        if (!_leases.TryGetValue(id, out var lease))
        {
            return null;
        }

        lease.Timer.Change(lease.TimeToLive, Timeout.InfiniteTimeSpan);
        return lease.TimeToLive;
    }

    public bool Remove(long id)
    {
        if (!_leases.Remove(id, out var lease))
        {
            return false;
        }

        lease.Timer.Dispose();
        return true;
    }
}
