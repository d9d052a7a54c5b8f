using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Core.Loss;

namespace Holdfast.Engines.Loss;

/// <summary>The JSON of loss reports: in their files, through the agents, and in the command's output.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, UseStringEnumConverter = true, RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LossReport))]
[JsonSerializable(typeof(LossReport[]))]
[JsonSerializable(typeof(LossLine))]
[JsonSerializable(typeof(LostTransaction))]
[JsonSerializable(typeof(LostChange))]
[JsonSerializable(typeof(RowQuestion))]
[JsonSerializable(typeof(RowAnswer))]
[JsonSerializable(typeof(LossRestored))]
[JsonSerializable(typeof(LossRestoreLine))]
public sealed partial class LossJson : JsonSerializerContext
{
    /// <summary>Letters of other languages stay readable: it is never put into a web page.</summary>
    public static LossJson Plain => field ??=
        new LossJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
