using Holdfast.Agent.Api.Changes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Holdfast.Agent.Api.Sites;

/// <summary>Moves between sites: <c>POST /v1/site-moves</c> asks for one, <c>GET /v1/site-moves</c> lists them, newest first.</summary>
internal static class SiteRoutes
{
    public static readonly string[] Fields = ["kind", "to", "acceptDataLoss", "fenced", "requestedBy"];

    public static void Map(IEndpointRouteBuilder routes, IAgentControl control, TimeProvider time) =>
        routes.MapMethods("/v1/site-moves", [HttpMethods.Get], (RequestDelegate)(async context =>
        {
            using var deadline = RequestDeadline.Start(context, time);
            var moves = await control.SiteMovesAsync(deadline.Token);
            await Answer.JsonAsync(context, StatusCodes.Status200OK, moves, ApiJson.Plain.ImmutableArraySiteMoveStatus);
        }));

    public static Task<CommandResult> RequestAsync(IAgentControl control, RequestBody body, CancellationToken cancellationToken)
    {
        var kind = Required(body, "kind");
        if (kind is not ("switchover" or "failover" or "failback"))
        {
            throw new ApiRefusalException(StatusCodes.Status400BadRequest, $"'{kind}' is no kind of move", "write switchover, failover or failback");
        }

        var to = Required(body, "to");
        if (!control.Store.Sites.Contains(to))
        {
            throw new ApiRefusalException(
                StatusCodes.Status400BadRequest, $"{control.Store.Name} has no members at a site '{to}'",
                $"its sites are: {string.Join(", ", control.Store.Sites)}");
        }

        return control.RequestSiteMoveAsync(
            new SiteMoveRequest(kind, to, body.Flag("acceptDataLoss"), body.Text("fenced"), body.Text("requestedBy") ?? "somebody by the API"),
            cancellationToken);
    }

    private static string Required(RequestBody body, string name) => body.Text(name)
        ?? throw new ApiRefusalException(StatusCodes.Status400BadRequest, $"'{name}' is missing", $"the fields are: {string.Join(", ", Fields)}");
}
