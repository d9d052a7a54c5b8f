using System.Collections.Immutable;
using Holdfast.Agent.Records;
using Holdfast.Agent.Sites;
using Holdfast.Coordination;
using Holdfast.Coordination.Mirror;
using Holdfast.Core.Failover;
using Holdfast.Gate.Routing;

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

/// <summary>One group's record, by watch.</summary>
internal sealed class RecordFollower
{
    private readonly GroupKeys _keys;
    private readonly PrefixMirror _mirror;
    private object? _read;
    private GroupPicture _picture = GroupPicture.Unread;

    public RecordFollower(ICoordination coordination, GroupKeys keys, TimeSpan requestTimeout, TimeProvider time, Action changed)
    {
        _keys = keys;
        _mirror = new PrefixMirror(coordination, keys.Prefix, time);
        _mirror.Changed += changed;
        Freshness = new Freshness(_mirror, time, requestTimeout);
    }

    public Freshness Freshness { get; }
    public string? Problem => _mirror.Current.Problem;

    public Task RunAsync(CancellationToken stop) => _mirror.RunAsync(stop);

    /// <summary>To be called by one thread at a time.</summary>
    public GroupSeen Look(KnownPrimary? newest)
    {
        var current = _mirror.Current;
        if (!ReferenceEquals(current.Keys, _read))
        {
            _read = current.Keys;
            _picture = current.IsLoaded ? PictureReader.Read(_keys, "", current.Keys) : GroupPicture.Unread;
        }

        return new GroupSeen
        {
            State = _picture.State,
            Problem = _picture.Problem,
            Record = _picture.Record is { } record
                ? new KnownPrimary(record.Epoch, record.IsBeingBorn ? null : record.Primary, record.Mode == ProtectionMode.Passive)
                : null,
            ConfirmedAgo = Freshness.ConfirmedAgo,
            Newest = newest,
        };
    }
}

/// <summary>A store's site record in the global scope, by watch.</summary>
internal sealed class SiteFollower
{
    private readonly SiteKeys _keys;
    private readonly PrefixMirror _mirror;
    private object? _read;
    private SitePicture _picture = SitePicture.Unread;

    public SiteFollower(ICoordination coordination, SiteKeys keys, TimeSpan requestTimeout, TimeProvider time, Action changed)
    {
        _keys = keys;
        _mirror = new PrefixMirror(coordination, keys.Prefix, time);
        _mirror.Changed += changed;
        Freshness = new Freshness(_mirror, time, requestTimeout);
    }

    public Freshness Freshness { get; }
    public string? Problem => _mirror.Current.Problem;

    public Task RunAsync(CancellationToken stop) => _mirror.RunAsync(stop);

    /// <summary>To be called by one thread at a time.</summary>
    public GlobalSeen Look(KnownSite? newest)
    {
        var current = _mirror.Current;
        if (!ReferenceEquals(current.Keys, _read))
        {
            _read = current.Keys;
            // Cards change each second, and are none of the gate's business.
            var found = current.Keys.Remove(_keys.Move).RemoveRange(current.Keys.Keys.Where(key => key.StartsWith(_keys.Cards, StringComparison.Ordinal)));
            _picture = current.IsLoaded ? SitePicture.Read(_keys, found) : SitePicture.Unread;
        }

        return new GlobalSeen
        {
            State = _picture.State,
            Record = _picture.Record is { } record ? new KnownSite(record.Epoch, record.ActiveSite) : null,
            ConfirmedAgo = Freshness.ConfirmedAgo,
            Newest = newest,
        };
    }
}
