using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold within each cluster that <c>coordination:</c> names.</summary>
internal static class CoordinationRules
{
    public static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(10);

    public static void Check(Section root, Findings findings)
    {
        Check(Clusters.Global(root), findings);
        foreach (var cluster in Clusters.Local(root))
        {
            Check(cluster, findings);
        }
    }

    private static void Check(ClusterAsRead cluster, Findings findings)
    {
        var seen = new HashSet<Uri>();
        foreach (var (uri, place) in cluster.Servers)
        {
            if (!seen.Add(uri))
            {
                findings.Error(place, $"{uri.GetLeftPart(UriPartial.Authority)} is named twice", "remove one of the two");
            }
            else if (uri.Scheme == Uri.UriSchemeHttp && !AddressOf(uri).IsLoopback)
            {
                findings.Warn(
                    place,
                    "is reached without TLS beyond this host: who listens can read and change what the agents agree on",
                    $"write https://{uri.Authority}");
            }
        }

        CheckTls(cluster, findings);
        Together(cluster.Section, ClusterKeys.User, ClusterKeys.Password, findings);
        if (cluster.Section.TryGet(ClusterKeys.RequestTimeout, out var timeout) && timeout < ShortestTimeout)
        {
            findings.Error(
                cluster.Section.PlaceOf(ClusterKeys.RequestTimeout),
                $"{DurationShape.Text(timeout)} is too short for any call",
                $"write at least {DurationShape.Text(ShortestTimeout)}");
        }
    }

    /// <summary>Where an etcd server answers.</summary>
    public static Endpoint AddressOf(Uri uri) => new(uri.Host.Trim('[', ']'), uri.Port);

    private static void CheckTls(ClusterAsRead cluster, Findings findings)
    {
        if (!cluster.Section.TryGet(ClusterKeys.Tls, out var tls))
        {
            return;
        }

        Together(tls, CoordinationTlsKeys.Certificate, CoordinationTlsKeys.PrivateKey, findings);
        if (cluster.Servers.Length > 0 && cluster.Servers.All(server => server.Value.Scheme != Uri.UriSchemeHttps))
        {
            findings.Warn(
                tls.Place,
                "is not used: every etcd address begins with http://",
                $"write https:// in {cluster.Path}.etcd, or remove it");
        }
    }

    private static void Together(Section section, Key first, Key second, Findings findings)
    {
        foreach (var (given, missing) in new[] { (first, second), (second, first) })
        {
            if (section.IsGiven(given) && !section.IsGiven(missing))
            {
                findings.Error(
                    section.PlaceOf(given),
                    $"is given without '{missing.Name}'",
                    $"add '{missing.Name}' beside it, or remove it");
            }
        }
    }
}
