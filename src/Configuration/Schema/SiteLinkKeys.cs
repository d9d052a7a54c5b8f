using System.Collections.Immutable;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Schema;

/// <summary><c>stores.NAME.site-link:</c></summary>
internal static class SiteLinkKeys
{
    public static readonly Key<long> QueueBound = new(
        "queue-bound", ByteSizeShape.Instance,
        "How much log is kept for the passive site while the link is down. At least `64MB`. Redis and Valkey keep it in memory; for them it is " +
        "`redis.backlog` unless it is written.")
    { Default = Defaults.Store.Link.QueueBound };

    public static readonly Key<QueueFullPolicy> QueueFull = new(
        "queue-full",
        new ChoiceShape<QueueFullPolicy>(("drop", QueueFullPolicy.Drop), ("stop-writes", QueueFullPolicy.StopWrites)),
        "At that bound: `drop` gives up the queue, so that the passive site is fed from where the log is archived, or cloned anew; " +
        "`stop-writes` lets commits wait until the passive site has taken some of it.")
    { Default = Defaults.Store.Link.QueueFull };

    public static readonly Key<long> Bandwidth = new(
        "bandwidth", ByteSizeShape.Instance,
        "What the link carries in a second, for estimates of the catch-up time while nothing has been measured.")
    { DefaultInWords = "none: no estimate before a measurement", Example = "100MB" };

    public static readonly Key<TimeSpan> Heartbeat = new(
        "heartbeat", DurationShape.Instance,
        "How often the active primary writes down its clock and position, from which lag and loss in seconds come. From `50ms` to `10s`.")
    { Default = Defaults.Store.Link.Heartbeat };

    public static readonly SectionShape Shape = new("stores.NAME.site-link", QueueBound, QueueFull, Bandwidth, Heartbeat);
}

/// <summary><c>stores.NAME.hooks:</c></summary>
internal static class HooksKeys
{
    public static readonly Key<Section> BeforeMove = new(
        "before-move", HookKeys.Shape,
        "Run before the first step of a move to the other site that changes anything; when it fails, so does the move.");

    public static readonly Key<Section> AfterMove = new(
        "after-move", HookKeys.Shape,
        "Run when the other site accepts writes, with the keys of `before-move`; a failure is reported and changes nothing.");

    public static readonly SectionShape Shape = new("stores.NAME.hooks", BeforeMove, AfterMove);
}

/// <summary><c>stores.NAME.hooks.before-move:</c> and <c>after-move:</c></summary>
internal static class HookKeys
{
    public static readonly Key<ImmutableArray<Located<string>>> Run = new(
        "run", new ListShape<string>("words", new TextShape("/usr/local/bin/move-dns"), minimum: 1),
        "The program's absolute path, then its arguments; there is no shell. Others on the host can see the arguments: no secrets there.")
    { IsRequired = true, Example = "[/usr/local/bin/move-dns]" };

    public static readonly Key<TimeSpan> TimeLimit = new(
        "time-limit", DurationShape.Instance, "After that the program is killed, and counts as failed.")
    { Default = Defaults.HookTimeLimit };

    public static readonly SectionShape Shape = new("stores.NAME.hooks.before-move", Run, TimeLimit);
}
