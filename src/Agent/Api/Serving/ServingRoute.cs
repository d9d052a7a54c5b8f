using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Holdfast.Agent.Api.Serving;

/// <summary>
/// <c>GET /v1/serving?after=VERSION&amp;wait=MILLISECONDS&amp;caller=NAME</c>: where clients may be sent, told as soon as it changes. What it
/// says holds from when the question was sent: a caller that counts from there needs no clock in common with the agent.
/// </summary>
internal static class ServingRoute
{
    private const int LongestWaitMs = 5000;
    private const int LongestName = 64;

    public static void Map(IEndpointRouteBuilder routes, IAgentControl control) =>
        routes.MapMethods("/v1/serving", [HttpMethods.Get], (RequestDelegate)(async context =>
        {
            var after = Number(context, "after", 0, long.MaxValue);
            var wait = Number(context, "wait", 0, LongestWaitMs);
            var caller = (string?)context.Request.Query["caller"];
            if (caller is { Length: > LongestName })
            {
                throw new ApiRefusalException(StatusCodes.Status400BadRequest, "'caller' is too long", $"write at most {LongestName} letters");
            }

            var answer = await control.Serving.NextAsync(after, TimeSpan.FromMilliseconds(wait), caller, context.RequestAborted);
            // An old picture is not handed out as if it were new.
            if (!control.IsLive)
            {
                throw new ApiRefusalException(
                    StatusCodes.Status503ServiceUnavailable, "the agent's loop is late, so its picture is old", "ask again, or see the agent's log");
            }

            await Answer.JsonAsync(context, StatusCodes.Status200OK, answer, ApiJson.Plain.ServingAnswer);
        }));

    private static long Number(HttpContext context, string name, long missing, long most) =>
        !context.Request.Query.TryGetValue(name, out var text) ? missing
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most ? number
        : throw new ApiRefusalException(StatusCodes.Status400BadRequest, $"{name} '{text}' is not a number up to {most}", $"leave {name} out, or correct it");
}
