using Holdfast.Configuration.Shapes;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Schema;

/// <summary><c>stores.NAME.gate:</c></summary>
internal static class GateKeys
{
    public static readonly Key<Endpoint> ReadWrite = new(
        "read-write", new EndpointShape(Defaults.Store.Gate.ReadWrite.Port, listens: true),
        "Where `holdfast gate` listens for clients that want the primary. `0.0.0.0:PORT` is every address of the host.")
    { Default = Defaults.Store.Gate.ReadWrite };

    public static readonly Key<Endpoint> ReadOnly = new(
        "read-only", new EndpointShape(Defaults.Store.Gate.ReadOnly.Port, listens: true),
        "The same for clients that only read: they get the standby with the fewest connections.")
    { Default = Defaults.Store.Gate.ReadOnly };

    public static readonly Key<TimeSpan> Hold = new(
        "hold", DurationShape.Instance, "How long a new connection may wait for a member that accepts it; then it is closed.")
    { Default = Defaults.Store.Gate.Hold };

    public static readonly Key<int> MaxConnections = new(
        "max-connections", new IntegerShape(1, 100_000), "Connections at one port, with those that wait; one more is closed at once.")
    { Default = Defaults.Store.Gate.MaxConnections };

    public static readonly Key<long> LagBound = new(
        "lag-bound", ByteSizeShape.Instance, "A standby that is further behind gets no new connections.")
    { Default = Defaults.Store.Gate.LagBound };

    public static readonly Key<WithoutStandby> WithoutStandby = new(
        "without-standby",
        new ChoiceShape<WithoutStandby>(("refuse", Core.Topology.WithoutStandby.Refuse), ("primary", Core.Topology.WithoutStandby.Primary)),
        "The read-only port while no standby is healthy and within `lag-bound`: `refuse` holds and then closes, `primary` sends to the primary.")
    { Default = Defaults.Store.Gate.WithoutStandby };

    public static readonly Key<TimeSpan> CutOff = new(
        "cut-off", DurationShape.Instance,
        "Without a word of this age or younger, from etcd or from the primary's agent, that the primary has not been replaced, its connections are " +
        "closed. At least `1s`.")
    { Default = Defaults.Store.Gate.CutOff };

    public static readonly Key<TimeSpan> Drain = new(
        "drain", DurationShape.Instance, "How long connections may go on when the gate is told to end.")
    { Default = Defaults.Store.Gate.Drain };

    public static readonly SectionShape Shape = new(
        "stores.NAME.gate", ReadWrite, ReadOnly, Hold, MaxConnections, LagBound, WithoutStandby, CutOff, Drain);
}
