using System.Net;
using System.Text.Json.Nodes;
using Holdfast.Configuration.Yaml;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Shapes;

/// <summary>host:port.</summary>
/// <param name="examplePort">For the remedy.</param>
/// <param name="listens">It is where a program of ours listens, which may be every address of the host.</param>
internal sealed class EndpointShape(int examplePort, bool listens = false) : ScalarShape<Endpoint>
{
    public override string Name => "host:port";
    public override string Explanation => "A host name or address and a port; an IPv6 address stands in brackets: `'[2001:db8::1]:5432'`.";
    protected override string Remedy => $"write for example 10.0.1.1:{examplePort}";
    public override JsonObject Describe() => TextSchema("^(\\[[0-9A-Fa-f:.]+\\]|[^:\\[\\]\\s/]+):[0-9]{1,5}$");

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out Endpoint value)
    {
        if (!Endpoint.TryParse(scalar.Text, out value))
        {
            Refuse(scalar, place, context);
            return false;
        }

        if (!listens && IPAddress.TryParse(value.Host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)))
        {
            context.Findings.Error(
                place,
                $"'{value.Host}' is no address that others can reach",
                "write the address under which the other members reach this host");
            return false;
        }

        return true;
    }
}

/// <summary>The base address of an etcd server.</summary>
internal sealed class EtcdUrlShape : ScalarShape<Uri>
{
    public static readonly EtcdUrlShape Instance = new();

    public override string Name => "URL";
    public override string Explanation => "`http://HOST:PORT` or `https://HOST:PORT`, nothing after the port.";
    protected override string Noun => "URL of an etcd server";
    protected override string Remedy => "write for example https://10.0.1.1:2379";
    public override JsonObject Describe() => TextSchema("^https?://[^/\\s?#@]+:[0-9]{1,5}/?$");

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out Uri value)
    {
        value = default!;
        if (!Uri.TryCreate(scalar.Text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            var scheme = Endpoint.TryParse(scalar.Text, out _)
                ? $"write https://{scalar.Text}, or http://{scalar.Text} when it has no TLS"
                : null;
            context.Findings.Error(place, $"'{Masked(scalar.Text)}' is not a URL of an etcd server", scheme ?? Remedy);
            return false;
        }

        if (uri.UserInfo.Length > 0)
        {
            var cluster = place.Path[..Math.Max(0, place.Path.LastIndexOf('.'))];
            context.Findings.Error(place, "holds a user name or password", $"write them as {cluster}.user and {cluster}.password");
            return false;
        }

        // Uri drops a default port from the authority, written or not: only the text tells. 80 and 443 unsaid are never etcd's.
        var authority = scalar.Text[(uri.Scheme.Length + "://".Length)..].Split('/', '?', '#')[0];
        if (!Endpoint.TryParse(authority, out _))
        {
            context.Findings.Error(place, $"'{scalar.Text}' has no port", $"write {uri.Scheme}://{uri.Host}:2379");
            return false;
        }

        if (uri.AbsolutePath != "/" || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            context.Findings.Error(place, $"'{scalar.Text}' has a path", $"write {uri.Scheme}://{uri.Authority}");
            return false;
        }

        value = uri;
        return true;
    }

    // What stands before '@' may be a password.
    private static string Masked(string text) => text.LastIndexOf('@') is var at and > 0 ? "***" + text[at..] : text;
}
