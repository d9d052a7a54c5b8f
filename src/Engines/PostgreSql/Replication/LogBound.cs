using System.Globalization;
using Holdfast.Core.Topology;

namespace Holdfast.Engines.PostgreSql.Replication;

/// <summary>
/// How much log may be kept for a member that is away. The server knows one bound for all slots. Where the store stops writes rather than
/// give up the queue to the other site, it must have none, and the other slots are let go by <see cref="SlotPlan"/>.
/// </summary>
internal sealed class LogBound(StoreSpec store, MemberSpec self, PostgreSqlSpec spec)
{
    private const int MebibyteShift = 20;

    private long Section => (long)spec.SlotBoundMebibytes << MebibyteShift;

    /// <summary>No slot is invalidated by the server itself.</summary>
    public bool KeepsQueue => store is { HasTwoSites: true, Link.QueueFull: QueueFullPolicy.StopWrites };

    /// <summary>The most log that is ever kept for one member, in bytes.</summary>
    public long Largest => store.HasTwoSites ? Math.Max(Section, store.Link.QueueBound) : Section;

    /// <summary>The value of <c>max_slot_wal_keep_size</c>.</summary>
    public string Setting => KeepsQueue
        ? "-1"
        : string.Create(CultureInfo.InvariantCulture, $"{(Largest + (1L << MebibyteShift) - 1) >> MebibyteShift}MB");

    /// <summary>The bound for one member's log, in bytes.</summary>
    public long Of(string member) => !KeepsQueue ? Largest : IsRemote(member) ? store.Link.QueueBound : Section;

    public bool IsRemote(string member) => store.Members[member].Site != self.Site;

    public string SiteOf(string member) => store.Members[member].Site;
}
