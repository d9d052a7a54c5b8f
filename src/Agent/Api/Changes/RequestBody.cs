using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Agent.Api.Changes;

/// <summary>
/// The small JSON object that a changing call may carry. What is not known is refused, so that a misspelt field never goes unnoticed.
/// </summary>
internal sealed class RequestBody
{
    public const int MaxBytes = 4096;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 4, AllowDuplicateProperties = false };

    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.Ordinal);

    /// <summary>Reads the body; an empty one is an empty object.</summary>
    /// <exception cref="ApiRefusalException">400 or 413, with one message.</exception>
    public static async Task<RequestBody> ReadAsync(HttpContext context, string[] known, CancellationToken cancellationToken)
    {
        var bytes = await ReadBytesAsync(context, cancellationToken);
        var body = new RequestBody();
        if (bytes.Length == 0)
        {
            return body;
        }

        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(bytes, Strict);
            root = document.RootElement.Clone();
        }
        catch (JsonException wrong)
        {
            throw Bad($"the body is not JSON: {wrong.Message}", known);
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Bad("the body is not a JSON object", known);
        }

        foreach (var field in root.EnumerateObject())
        {
            if (!known.Contains(field.Name, StringComparer.Ordinal))
            {
                throw Bad($"the body has an unknown field '{field.Name}'", known);
            }

            body._fields[field.Name] = field.Value;
        }

        return body;
    }

    /// <summary>A non-empty text, or null when the field is missing or null.</summary>
    public string? Text(string name)
    {
        if (!_fields.TryGetValue(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : throw new ApiRefusalException(
                StatusCodes.Status400BadRequest, $"'{name}' is not a name", $"write \"{name}\": \"NAME\", or leave it out");
    }

    /// <summary>False when the field is missing.</summary>
    public bool Flag(string name)
    {
        if (!_fields.TryGetValue(name, out var value))
        {
            return false;
        }

        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw new ApiRefusalException(
                StatusCodes.Status400BadRequest, $"'{name}' is neither true nor false", $"write \"{name}\": true, or leave it out");
    }

    private static async Task<byte[]> ReadBytesAsync(HttpContext context, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(chunk, cancellationToken)) > 0)
        {
            if (buffer.Length + read > MaxBytes)
            {
                throw new ApiRefusalException(
                    StatusCodes.Status413PayloadTooLarge, $"the body is larger than {MaxBytes} bytes", "send one small JSON object");
            }

            buffer.Write(chunk, 0, read);
        }

        return buffer.ToArray();
    }

    private static ApiRefusalException Bad(string error, string[] known) => new(
        StatusCodes.Status400BadRequest,
        error,
        known.Length == 0 ? "send no body" : $"the fields are: {string.Join(", ", known)}");
}
