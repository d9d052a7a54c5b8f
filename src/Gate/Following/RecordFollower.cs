using System.Collections.Immutable;
using Holdfast.Agent.Records;
using Holdfast.Coordination;
using Holdfast.Core.Failover;
using Holdfast.Gate.Routing;

namespace Holdfast.Gate.Following;

/// <summary>One group's record, by watch.</summary>
internal sealed class RecordFollower(ICoordination coordination, GroupKeys keys, TimeSpan requestTimeout, TimeProvider time, Action changed)
    : PrefixFollower<GroupPicture>(coordination, keys.Prefix, GroupPicture.Unread, requestTimeout, time, changed)
{
    /// <summary>To be called by one thread at a time.</summary>
    public GroupSeen Look(KnownPrimary? newest)
    {
        var picture = Said;
        return new GroupSeen
        {
            State = picture.State,
            Problem = picture.Problem,
            Record = picture.Record is { } record
                ? new KnownPrimary(record.Epoch, record.IsBeingBorn ? null : record.Primary, record.Mode == ProtectionMode.Passive)
                : null,
            ConfirmedAgo = Freshness.ConfirmedAgo,
            Newest = newest,
        };
    }

    protected override GroupPicture Read(ImmutableSortedDictionary<string, KeyValue> found) => PictureReader.Read(keys, "", found);
}
