using System.Collections.Immutable;
using Holdfast.Configuration.Shapes;
using Holdfast.Core;

namespace Holdfast.Configuration.Schema;

// The one table of keys. Reading, unknown keys, the JSON schema and the reference all come from it.

/// <summary>The whole file.</summary>
internal static class SystemKeys
{
    public static readonly Key<string> System = new(
        "system", new NameShape("system"), "Name of the system. It begins every key in coordination: choose it once.")
    { IsRequired = true, Example = "grid-control" };

    public static readonly Key<Section> Coordination = new(
        "coordination", CoordinationKeys.Shape, "The etcd cluster, or clusters, that the agents agree through.")
    { IsRequired = true, Example = "{etcd: [https://10.0.1.1:2379]}" };

    public static readonly Key<Section> Security = new(
        "security", SecurityKeys.Shape, "What the agents share. Needed as soon as an agent can be reached from other hosts.");

    public static readonly Key<ImmutableArray<Entry<Section>>> Sites = new(
        "sites", new MapShape<Section>("site", NameForm.Name, SiteKeys.Shape, minimum: 1),
        "The places that can be lost as a whole. One is enough.")
    { IsRequired = true, Example = "{fra: {}}" };

    public static readonly Key<ImmutableArray<Entry<Section>>> Stores = new(
        "stores", new MapShape<Section>("store", NameForm.Name, StoreKeys.Shape, minimum: 1), "The bodies of data, each with its members.")
    { IsRequired = true, Example = "{orders: {…}}" };

    public static readonly Key<Section> Planning = new(
        "planning", PlanningKeys.Shape, "Facts for `holdfast plan`. Nothing that runs depends on them.");

    public static readonly SectionShape Shape = new("The file", System, Coordination, Security, Sites, Stores, Planning);

    /// <summary>A file of a system that does not run yet: facts, and nothing to run.</summary>
    public static readonly SectionShape OnlyPlanned = new("The file", System, Sites, Planning);
}

/// <summary><c>security:</c></summary>
internal static class SecurityKeys
{
    public static readonly Key<Secret> Token = new(
        "token", SecretShape.Instance,
        "Shared by all agents and operators: it allows changing calls, signs heartbeats and wraps generated passwords. " +
        "At least 16 characters.");

    public static readonly Key<Section> Tls = new("tls", SecurityTlsKeys.Shape, "TLS of the agents' HTTP API.");

    public static readonly SectionShape Shape = new("security", Token, Tls);
}

/// <summary><c>security.tls:</c></summary>
internal static class SecurityTlsKeys
{
    public static readonly Key<string> Certificate = new("certificate", new PemFileShape(isKey: false), "The agent's certificate.")
    { IsRequired = true, Example = "/etc/holdfast/tls/host.crt" };
    public static readonly Key<string> PrivateKey = new("key", new PemFileShape(isKey: true), "Private key of `certificate`.")
    { IsRequired = true, Example = "/etc/holdfast/tls/host.key" };
    public static readonly Key<string> Ca = new(
        "ca", new PemFileShape(isKey: false), "The authority that signed the agents' certificates.")
    { DefaultInWords = "the machine's own trust store" };

    public static readonly SectionShape Shape = new("security.tls", Certificate, PrivateKey, Ca);
}

/// <summary><c>sites.NAME:</c></summary>
internal static class SiteKeys
{
    public static readonly Key<bool> Witness = new(
        "witness", BooleanShape.Instance, "The site carries coordination only, never a member.")
    { Default = false };

    public static readonly Key<string> Region = new(
        "region", new NameShape("region"), "For `holdfast plan`: sites of one region can be lost together, by a flood or a failing grid.")
    { DefaultInWords = "a region of its own" };

    public static readonly SectionShape Shape = new("sites.NAME", Witness, Region);
}
