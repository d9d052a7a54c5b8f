using System.Text.Json.Nodes;
using Holdfast.Configuration.Yaml;

namespace Holdfast.Configuration.Shapes;

/// <summary>A line of <c>pg_hba.conf</c>.</summary>
internal sealed class ClientAuthenticationShape : ScalarShape<ClientAuthentication>
{
    public static readonly ClientAuthenticationShape Instance = new();

    public override string Name => "line of pg_hba.conf";
    public override string Explanation => "`TYPE DATABASE USER ADDRESS METHOD`, or `local DATABASE USER METHOD`.";
    protected override string Remedy => "write for example 'hostssl orders app 10.0.0.0/8 scram-sha-256'";
    public override JsonObject Describe() => TextSchema(@"^\s*(local|host(ssl|nossl|gssenc|nogssenc)?)\s");

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out ClientAuthentication value)
    {
        var parsed = ClientAuthentication.Parse(scalar.Text, out var wrong, out var remedy);
        if (parsed is null)
        {
            context.Findings.Error(place, wrong, remedy);
        }

        value = parsed!;
        return parsed is not null;
    }
}
