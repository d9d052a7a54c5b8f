using System.Collections.Immutable;
using Holdfast.Configuration.Shapes;
using Holdfast.Core;

namespace Holdfast.Configuration.Schema;

/// <summary><c>coordination:</c>, which is either one cluster itself, or a global one with one per site.</summary>
internal static class CoordinationKeys
{
    public static readonly Key<ImmutableArray<Located<Uri>>> Etcd = new(
        "etcd", ClusterKeys.Servers, "Client addresses of the etcd servers, where one cluster serves all; " + ClusterKeys.NameAll)
    { DefaultInWords = "this or `global` is required", Example = ClusterKeys.ServersExample };

    public static readonly Key<Section> Global = new(
        "global", ClusterKeys.Shape,
        "The cluster that knows which site is active, stretched over the sites and the witness. It serves the groups too, unless `local` is given.")
    { DefaultInWords = "this or `etcd` is required", Example = $"{{etcd: {ClusterKeys.ServersExample}}}" };

    public static readonly Key<ImmutableArray<Entry<Section>>> Local = new(
        "local", new MapShape<Section>("site", NameForm.Name, ClusterKeys.Shape, minimum: 1),
        "With `global`: the cluster of each site with members, for failover inside the site, which then does not need the link. " +
        "The keys are those of `global`.");

    public static readonly SectionShape Shape = new(
        "coordination", Etcd, ClusterKeys.Tls, ClusterKeys.User, ClusterKeys.Password, ClusterKeys.RequestTimeout, Global, Local)
    { OneOf = [Etcd, Global] };
}

/// <summary><c>coordination.global:</c> and <c>coordination.local.SITE:</c>. All but <c>etcd</c> may stand in <c>coordination:</c> too.</summary>
internal static class ClusterKeys
{
    public const string NameAll = "name them all, the agents use whichever answers.";
    public const string ServersExample = "[https://10.0.1.1:2379]";
    public static readonly ListShape<Uri> Servers = new("URLs", EtcdUrlShape.Instance, minimum: 1);

    public static readonly Key<ImmutableArray<Located<Uri>>> Etcd = new("etcd", Servers, "Client addresses of the etcd servers; " + NameAll)
    { IsRequired = true, Example = ServersExample };

    public static readonly Key<Section> Tls = new(
        "tls", CoordinationTlsKeys.Shape, "How etcd is trusted and how the agents show who they are.");

    public static readonly Key<string> User = new("user", new TextShape("holdfast"), "User name in etcd, with `password`.");
    public static readonly Key<Secret> Password = new("password", SecretShape.Instance, "Password of `user`.");

    public static readonly Key<TimeSpan> RequestTimeout = new(
        "request-timeout", DurationShape.Instance,
        "Deadline of each single call. At least `10ms`, below each store's `timing.lease`, and below half its `timing.site-lease`.")
    { Default = Defaults.Coordination.RequestTimeout };

    /// <summary>What one cluster needs besides its servers.</summary>
    public static IReadOnlyList<Key> Access { get; } = [Tls, User, Password, RequestTimeout];

    public static readonly SectionShape Shape = new("coordination.global", Etcd, Tls, User, Password, RequestTimeout);
}

/// <summary><c>tls:</c> of a cluster.</summary>
internal static class CoordinationTlsKeys
{
    public static readonly Key<string> Ca = new(
        "ca", new PemFileShape(isKey: false), "The authority that signed etcd's certificates.")
    { DefaultInWords = "the machine's own trust store" };

    public static readonly Key<string> Certificate = new("certificate", new PemFileShape(isKey: false), "Client certificate, with `key`.");
    public static readonly Key<string> PrivateKey = new("key", new PemFileShape(isKey: true), "Private key of `certificate`.");

    public static readonly SectionShape Shape = new("coordination.tls", Ca, Certificate, PrivateKey);
}
