using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold within <c>coordination:</c>.</summary>
internal static class CoordinationRules
{
    public static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(10);

    public static void Check(Section root, Findings findings)
    {
        var section = root.Sub(SystemKeys.Coordination);
        var endpoints = section.All(CoordinationKeys.Etcd);
        var seen = new HashSet<Uri>();
        foreach (var (uri, place) in endpoints)
        {
            if (!seen.Add(uri))
            {
                findings.Error(place, $"{uri.GetLeftPart(UriPartial.Authority)} is named twice", "remove one of the two");
            }
            else if (uri.Scheme == Uri.UriSchemeHttp && !new Endpoint(uri.Host.Trim('[', ']'), uri.Port).IsLoopback)
            {
                findings.Warn(place, "is reached without TLS beyond this host: who listens can read and change what the agents agree on", $"write https://{uri.Authority}");
            }
        }

        CheckTls(section, endpoints.Any(endpoint => endpoint.Value.Scheme == Uri.UriSchemeHttps), findings);
        CheckLogin(section, findings);
        if (section.TryGet(CoordinationKeys.RequestTimeout, out var timeout) && timeout < ShortestTimeout)
        {
            findings.Error(
                section.PlaceOf(CoordinationKeys.RequestTimeout),
                $"{DurationShape.Text(timeout)} is too short for any call",
                $"write at least {DurationShape.Text(ShortestTimeout)}");
        }
    }

    private static void CheckTls(Section section, bool isUsed, Findings findings)
    {
        if (!section.TryGet(CoordinationKeys.Tls, out var tls))
        {
            return;
        }

        Together(tls, CoordinationTlsKeys.Certificate, CoordinationTlsKeys.PrivateKey, findings);
        if (!isUsed && section.All(CoordinationKeys.Etcd).Length > 0)
        {
            findings.Warn(tls.Place, "is not used: every etcd address begins with http://", "write https:// in coordination.etcd, or remove it");
        }
    }

    private static void CheckLogin(Section section, Findings findings) => Together(section, CoordinationKeys.User, CoordinationKeys.Password, findings);

    private static void Together(Section section, Key first, Key second, Findings findings)
    {
        foreach (var (given, missing) in new[] { (first, second), (second, first) })
        {
            if (section.IsGiven(given) && !section.IsGiven(missing))
            {
                findings.Error(section.PlaceOf(given), $"is given without '{missing.Name}'", $"add '{missing.Name}' beside it, or remove it");
            }
        }
    }
}
