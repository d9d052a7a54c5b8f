using System.Collections.Immutable;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Schema;

/// <summary><c>stores.NAME.members.NAME:</c></summary>
internal static class MemberKeys
{
    public static readonly Key<string> Site = new("site", new NameShape("site"), "The site that the host is at; not a witness.")
    { IsRequired = true, Example = "fra" };

    public static readonly Key<Endpoint> Address = new(
        "address", new EndpointShape(examplePort: 5432), "Where clients and standbys reach the server.")
    { IsRequired = true, Example = "10.0.1.1:5432" };

    public static readonly Key<Endpoint> Agent = new(
        "agent", new EndpointShape(Defaults.AgentPort), "Where the agent answers HTTP (TCP) and hears heartbeats (UDP, same port).")
    { DefaultInWords = $"the host of `address`, port {Defaults.AgentPort}" };

    public static readonly Key<string> Data = new(
        "data", new HostFolderShape("/var/lib/holdfast/orders"),
        "The data directory. Holdfast's own files are beside it, in `DATA.holdfast`.")
    { IsRequired = true, Example = "/var/lib/holdfast/orders" };

    public static readonly Key<int> Priority = new(
        "priority", new IntegerShape(0, 1000), "Among equally advanced members the highest takes over. `0`: never primary.")
    { Default = Defaults.Member.Priority };

    public static readonly Key<string> Watchdog = new(
        "watchdog", new HostFolderShape("/dev/watchdog"),
        "Device that resets the host when the guard hangs; held open only while time alone protects the data.")
    { DefaultInWords = "none", Example = "/dev/watchdog" };

    public static readonly SectionShape Shape = new("stores.NAME.members.NAME", Site, Address, Agent, Data, Priority, Watchdog);
}

/// <summary><c>stores.NAME.postgresql:</c></summary>
internal static class PostgreSqlKeys
{
    public static readonly Key<string> Bin = new(
        "bin", new HostFolderShape("/usr/lib/postgresql/15/bin"), "Folder of `initdb`, `pg_ctl` and the rest.")
    { DefaultInWords = "found by the data directory's version, or the newest installed" };

    public static readonly Key<ImmutableArray<Entry<string>>> Parameters = new(
        "parameters",
        new MapShape<string>("setting", NameForm.Parameter, ParameterShape.Instance, minimum: 0),
        "Settings of the server, the same on all members. Those that Holdfast sets itself are refused.");

    public static readonly Key<ImmutableArray<Located<ClientAuthentication>>> ClientAuthentication = new(
        "client-authentication",
        new ListShape<ClientAuthentication>("lines of pg_hba.conf", ClientAuthenticationShape.Instance, minimum: 0),
        "Who may connect and how, after Holdfast's own lines.")
    { DefaultInWords = "none: what the data directory's own pg_hba.conf admits; of a new one, loopback with a password" };

    public static readonly Key<int> SlotBound = new(
        "slot-bound", SizeShape.Instance, "How much log is kept for a member that is away; one that is away for longer is cloned anew.")
    { Default = Defaults.PostgreSql.SlotBoundMebibytes };

    public static readonly Key<int> SalvageBound = new(
        "salvage-bound", SizeShape.Instance, "How much salvaged log is kept in all; the oldest is dropped first.")
    { Default = Defaults.PostgreSql.SalvageBoundMebibytes };

    public static readonly Key<int> SalvageReserve = new(
        "salvage-reserve", SizeShape.Instance,
        "Room that stays free beside salvaged log: old salvages that are listed go, and nothing is listed, before it is used up.")
    { Default = Defaults.PostgreSql.SalvageReserveMebibytes };

    public static readonly Key<Section> Tls = new("tls", PostgreSqlTlsKeys.Shape, "TLS of the server, for clients and for replication.");

    public static readonly SectionShape Shape = new("stores.NAME.postgresql", Bin, Parameters, ClientAuthentication, SlotBound,
        SalvageBound, SalvageReserve, Tls);

    public static readonly Key<Section> Section = new("postgresql", Shape, "What concerns PostgreSQL only.");
}

/// <summary><c>stores.NAME.postgresql.tls:</c></summary>
internal static class PostgreSqlTlsKeys
{
    public static readonly Key<string> Certificate = new("certificate", new PemFileShape(isKey: false), "The server's certificate.")
    { IsRequired = true, Example = "/etc/holdfast/tls/host.crt" };

    public static readonly Key<string> PrivateKey = new("key", new PemFileShape(isKey: true), "Private key of `certificate`.")
    { IsRequired = true, Example = "/etc/holdfast/tls/host.key" };

    public static readonly SectionShape Shape = new("stores.NAME.postgresql.tls", Certificate, PrivateKey);
}
