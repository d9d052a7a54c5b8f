using Holdfast.Agent.Api.Serving;
using Holdfast.Agent.Api.Sites;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Holdfast.Agent.Api;

/// <summary>The JSON view: <c>/v1/status</c>, <c>/v1/history</c> and <c>/v1/moves/{id}</c>.</summary>
internal static class ReadRoutes
{
    public static void Map(IEndpointRouteBuilder routes, IAgentControl control, TimeProvider time)
    {
        // An old picture is not handed out as if it were new: whoever asks all agents then takes the others' word.
        routes.MapMethods("/v1/status", [HttpMethods.Get, HttpMethods.Head], (RequestDelegate)(context => control.IsLive
            ? Answer.JsonAsync(context, StatusCodes.Status200OK, control.Status, ApiJson.Plain.GroupStatus)
            : throw new ApiRefusalException(
                StatusCodes.Status503ServiceUnavailable, "the agent's loop is late, so its picture is old", "ask again, or see the agent's log")));

        routes.MapMethods("/v1/history", [HttpMethods.Get], (RequestDelegate)(async context =>
        {
            using var deadline = RequestDeadline.Start(context, time);
            var history = await control.HistoryAsync(deadline.Token);
            await Answer.JsonAsync(context, StatusCodes.Status200OK, history, ApiJson.Plain.ImmutableArrayHistoryEntry);
        }));

        ServingRoute.Map(routes, control);
        SiteRoutes.Map(routes, control, time);

        routes.MapMethods("/v1/moves/{id}", [HttpMethods.Get], (RequestDelegate)(async context =>
        {
            using var deadline = RequestDeadline.Start(context, time);
            var id = (string)context.Request.RouteValues["id"]!;
            var progress = await control.RequestState(id, deadline.Token)
                ?? throw new ApiRefusalException(StatusCodes.Status404NotFound, $"there is no request {id} (any more)", "look at GET /v1/history");
            await Answer.JsonAsync(context, StatusCodes.Status200OK, progress, ApiJson.Plain.MoveProgress);
        }));
    }
}
