using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Agent.Api;

/// <summary>Writes whole answers, their length known, so that a connection is always kept for the next check.</summary>
internal static class Answer
{
    public static Task JsonAsync<T>(HttpContext context, int status, T body, JsonTypeInfo<T> type) =>
        BytesAsync(context, status, "application/json", JsonSerializer.SerializeToUtf8Bytes(body, type));

    public static Task ErrorAsync(HttpContext context, int status, ApiError error) =>
        JsonAsync(context, status, error, ApiJson.Plain.ApiError);

    public static async Task BytesAsync(HttpContext context, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.Headers.CacheControl = "no-store";
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.BodyWriter.WriteAsync(body, context.RequestAborted);
        }
    }
}
