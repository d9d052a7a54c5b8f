using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Agent.Api.Sites;

namespace Holdfast.Cli.Sites;

/// <summary>What became of one of several stores, for programs.</summary>
/// <param name="Move">Null: it was there already, or its turn did not come.</param>
internal sealed record MovedStore(string Store, SiteMoveStatus? Move);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(MovedStore[]))]
internal sealed partial class MovedStoresJson : JsonSerializerContext
{
    public static MovedStoresJson Plain =>
        field ??= new MovedStoresJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
