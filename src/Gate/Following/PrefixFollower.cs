using System.Collections.Immutable;
using Holdfast.Coordination;
using Holdfast.Coordination.Mirror;

namespace Holdfast.Gate.Following;

/// <summary>How fresh a mirror is, seen by a process that may itself have stood still.</summary>
internal sealed class Freshness(PrefixMirror mirror, TimeProvider time, TimeSpan requestTimeout)
{
    private long _doubtUntil = long.MinValue;

    /// <summary>
    /// This process has stood still: an answer that waited meanwhile in a socket would count as new. Only what arrives after a whole request
    /// timeout counts again.
    /// </summary>
    public void StoodStill() => _doubtUntil = time.GetTimestamp() + (long)(requestTimeout.TotalSeconds * time.TimestampFrequency);

    public TimeSpan? ConfirmedAgo =>
        mirror.Current.LastConfirmed is { } at && at >= _doubtUntil ? time.GetElapsedTime(at) : null;
}

/// <summary>What is stored under one prefix, by watch, and what it says.</summary>
/// <typeparam name="TSaid">What the keys are read as.</typeparam>
internal abstract class PrefixFollower<TSaid>
{
    private readonly PrefixMirror _mirror;
    private object? _read;
    private TSaid _said;

    protected PrefixFollower(
        ICoordination coordination, string prefix, TSaid unread, TimeSpan requestTimeout, TimeProvider time, Action changed)
    {
        _said = unread;
        _mirror = new PrefixMirror(coordination, prefix, time);
        _mirror.Changed += changed;
        Freshness = new Freshness(_mirror, time, requestTimeout);
    }

    public Freshness Freshness { get; }
    public string? Problem => _mirror.Current.Problem;

    public Task RunAsync(CancellationToken stop) => _mirror.RunAsync(stop);

    /// <summary>What was last heard, read once for each change. To be called by one thread at a time.</summary>
    protected TSaid Said
    {
        get
        {
            // Once loaded a mirror stays so: what it holds may be old, and Freshness says how old.
            var current = _mirror.Current;
            if (current.IsLoaded && !ReferenceEquals(current.Keys, _read))
            {
                (_read, _said) = (current.Keys, Read(current.Keys));
            }

            return _said;
        }
    }

    protected abstract TSaid Read(ImmutableSortedDictionary<string, KeyValue> found);
}
