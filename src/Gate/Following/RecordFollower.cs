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
    private RecordState _state = RecordState.Unknown;
    private KnownSite? _record;

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
            (_state, _record) = !current.IsLoaded ? (RecordState.Unknown, null) : Read(current.Keys.GetValueOrDefault(_keys.Record));
        }

        return new GlobalSeen
        {
            State = _state,
            Record = _record,
            ConfirmedAgo = Freshness.ConfirmedAgo,
            Newest = newest,
        };
    }

    private static (RecordState State, KnownSite? Record) Read(KeyValue? stored)
    {
        if (stored is null)
        {
            return (RecordState.Absent, null);
        }

        try
        {
            var record = SiteCodec.DecodeRecord(stored.Text);
            return (RecordState.Present, new KnownSite(record.Epoch, record.ActiveSite));
        }
        catch (RecordException)
        {
            return (RecordState.Unreadable, null); // The route's reason says so; the agents say what is wrong with it.
        }
    }
}
