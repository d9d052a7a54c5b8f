namespace Holdfast.Quickstart.Watching;

/// <summary>
/// Adds up the time in which the group's record said that one copy is enough. Of what the agents say, only those count that know the
/// newest epoch; one of them is enough to call the group unprotected.
/// </summary>
internal sealed class ProtectionMeter(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Epoch, bool Unprotected)> _said = [];
    private TimeSpan _sum;
    private long _since;
    private bool _unprotected;

    /// <summary>How long the group was unprotected, up to <paramref name="now"/>, since <see cref="Reset"/>.</summary>
    public TimeSpan Unprotected(long now)
    {
        lock (_lock)
        {
            return _unprotected ? _sum + time.GetElapsedTime(_since, now) : _sum;
        }
    }

    public void Reset(long now)
    {
        lock (_lock)
        {
            _sum = TimeSpan.Zero;
            _since = now;
        }
    }

    /// <summary>Takes up what an agent said, or that it said nothing (then its earlier word counts no longer).</summary>
    public void Observe(Observation observation, long now)
    {
        lock (_lock)
        {
            if (_unprotected)
            {
                _sum += time.GetElapsedTime(_since, now);
            }

            _since = now;
            if (observation.Status is { } status)
            {
                _said[observation.Member] = (status.Epoch, status.Mode == "unprotected");
            }
            else
            {
                _said.Remove(observation.Member);
            }

            var newest = _said.Count == 0 ? 0 : _said.Values.Max(word => word.Epoch);
            _unprotected = _said.Values.Any(word => word.Epoch == newest && word.Unprotected);
        }
    }
}
