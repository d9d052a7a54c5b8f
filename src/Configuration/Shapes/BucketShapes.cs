using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Holdfast.Configuration.Yaml;
using Holdfast.Core.Backup;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Shapes;

/// <summary>The host of an object store, with or without a port.</summary>
internal sealed class S3EndpointShape : ScalarShape<Endpoint>
{
    public static readonly S3EndpointShape Instance = new();

    public override string Name => "host or host:port";
    public override string Explanation => $"A host name or address; the port is {RepositoryPlace.Bucket.UsualPort} unless written. Without `https://`.";
    protected override string Noun => "address of an object store";
    protected override string Remedy => "write for example s3.eu-central-1.amazonaws.com";
    public override JsonObject Describe() => TextSchema("^(\\[[0-9A-Fa-f:.]+\\]|[^:\\[\\]\\s/]+)(:[0-9]{1,5})?$");

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out Endpoint value)
    {
        const string Scheme = "https://";
        if (Endpoint.TryParse(scalar.Text, out value) || Endpoint.TryParse($"{scalar.Text}:{RepositoryPlace.Bucket.UsualPort}", out value))
        {
            return true;
        }

        Refuse(scalar, place, context, scalar.Text switch
        {
            _ when scalar.Text.StartsWith("http://", StringComparison.Ordinal) => "only TLS is spoken: name an endpoint that speaks it, without http://",
            _ when scalar.Text.StartsWith(Scheme, StringComparison.Ordinal) => $"write {scalar.Text[Scheme.Length..].TrimEnd('/')}",
            _ => null,
        });
        return false;
    }
}

/// <summary>The name of a bucket.</summary>
internal sealed class BucketNameShape : ScalarShape<string>
{
    public static readonly BucketNameShape Instance = new();

    private const string Pattern = "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$";

    public override string Name => "name of a bucket";
    public override string Explanation => "Lower-case letters, digits, dots and dashes, 3 to 63, a letter or digit at either end.";
    protected override string Remedy => "write for example acme-backups";
    public override JsonObject Describe() => TextSchema(Pattern);

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out string value)
    {
        value = scalar.Text;
        if (Regex.IsMatch(value, Pattern[..^1] + @"\z", RegexOptions.CultureInvariant))
        {
            return true;
        }

        Refuse(scalar, place, context);
        return false;
    }
}
