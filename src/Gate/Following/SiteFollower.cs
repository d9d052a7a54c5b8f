using System.Collections.Immutable;
using Holdfast.Agent.Records;
using Holdfast.Agent.Sites;
using Holdfast.Coordination;
using Holdfast.Core.Failover;
using Holdfast.Gate.Routing;

namespace Holdfast.Gate.Following;

/// <summary>A store's site record in the global scope, by watch.</summary>
internal sealed class SiteFollower(ICoordination coordination, SiteKeys keys, TimeSpan requestTimeout, TimeProvider time, Action changed)
    : PrefixFollower<(RecordState State, KnownSite? Record)>(
        coordination, keys.Prefix, (RecordState.Unknown, null), requestTimeout, time, changed)
{
    /// <summary>To be called by one thread at a time.</summary>
    public GlobalSeen Look(KnownSite? newest)
    {
        var (state, record) = Said;
        return new GlobalSeen
        {
            State = state,
            Record = record,
            ConfirmedAgo = Freshness.ConfirmedAgo,
            Newest = newest,
        };
    }

    protected override (RecordState State, KnownSite? Record) Read(ImmutableSortedDictionary<string, KeyValue> found)
    {
        if (!found.TryGetValue(keys.Record, out var stored))
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
