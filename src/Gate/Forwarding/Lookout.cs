namespace Holdfast.Gate.Forwarding;

/// <summary>
/// Sees to it that nothing is forwarded on an old decision. What a gate knows grows old by itself, so somebody has to look again and again; a
/// process that was stopped, or whose threads got no processor, has not. Whoever is about to forward asks here, and looks itself if need be.
/// </summary>
internal sealed class Lookout(TimeProvider time)
{
    /// <summary>A few times the usual interval: beyond it the thread that looks is not to be waited for.</summary>
    public static readonly TimeSpan Late = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// So many looks in a row, each of which took longer than <see cref="Late"/>, and it goes on by the last: on such a machine nothing better can be had.
    /// </summary>
    private const int MostLooks = 3;

    private readonly long _late = (long)(Late.TotalSeconds * time.TimestampFrequency);
    private readonly Lock _lock = new();
    private Action[] _looks = [];
    private long _begun = time.GetTimestamp();

    /// <summary>Nobody has looked for too long. Costs a read and a timestamp.</summary>
    public bool IsLate => time.GetTimestamp() - Volatile.Read(ref _begun) > _late;

    /// <param name="look">Looks, decides, and has given its orders to the workers when it returns.</param>
    public void Add(Action look)
    {
        lock (_lock)
        {
            _looks = [.. _looks, look];
        }
    }

    /// <summary>Looks now. Any thread that holds no lock of a store or of a port.</summary>
    public void Look()
    {
        lock (_lock)
        {
            LookLocked();
        }
    }

    /// <summary>Returns when somebody has looked lately, or nobody can look quicker. Any thread that holds no lock of a store or of a port.</summary>
    public void Heed()
    {
        for (var look = 0; look < MostLooks && IsLate; look++)
        {
            lock (_lock)
            {
                if (IsLate)
                {
                    LookLocked();
                }
            }
        }
    }

    private void LookLocked()
    {
        // It counts from its beginning: who is stopped in the middle of it has decided by what was true before.
        var begun = time.GetTimestamp();
        foreach (var look in _looks)
        {
            look();
        }

        Volatile.Write(ref _begun, begun);
    }
}
