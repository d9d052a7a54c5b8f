using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Configuration.Schema;

/// <summary>The JSON schema of <c>holdfast.yaml</c>, for editors.</summary>
public static class ConfigurationSchema
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The schema as text; the same for the same version of Holdfast.</summary>
    public static string ToJson()
    {
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "holdfast.yaml",
            ["description"] = "Describes one system to Holdfast. 'holdfast check FILE' checks more than a schema can say.",
        };
        foreach (var (name, value) in SystemKeys.Shape.Describe())
        {
            schema[name] = value?.DeepClone();
        }

        return schema.ToJsonString(Json) + "\n";
    }
}
