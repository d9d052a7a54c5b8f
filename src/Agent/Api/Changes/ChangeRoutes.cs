using Holdfast.Agent.Api.Sites;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Holdfast.Agent.Api.Changes;

/// <summary>The changing calls. Each is authorised, its body read strictly, and the agent's word passed on: taken, or refused and why.</summary>
internal sealed class ChangeRoutes(IAgentControl control, CallerRule callers, TimeProvider time)
{
    private delegate Task<CommandResult> Change(RequestBody body, CancellationToken cancellationToken);

    public void Map(IEndpointRouteBuilder routes)
    {
        Post(routes, "/v1/switchover", ["to"], (body, token) => MoveAsync(MoveKind.Switchover, body, acceptDataLoss: false, token));
        Post(
            routes, "/v1/failover", ["to", "acceptDataLoss"],
            (body, token) => MoveAsync(MoveKind.Failover, body, body.Flag("acceptDataLoss"), token));
        Post(routes, "/v1/site-moves", SiteRoutes.Fields, (body, token) => SiteRoutes.RequestAsync(control, body, token));
        Post(routes, "/v1/pause", [], (_, token) => control.SetPausedAsync(paused: true, token));
        Post(routes, "/v1/resume", [], (_, token) => control.SetPausedAsync(paused: false, token));
        Post(routes, "/v1/reinit", [], (_, token) => control.ReinitialiseAsync(token));
        Post(routes, "/v1/restart", ["onlyIfPending"], (body, token) => control.RestartServerAsync(body.Flag("onlyIfPending"), token));
    }

    private void Post(IEndpointRouteBuilder routes, string path, string[] fields, Change change) =>
        routes.MapMethods(path, [HttpMethods.Post], (RequestDelegate)(async context =>
        {
            callers.Require(context);
            using var deadline = RequestDeadline.Start(context, time);
            var body = await RequestBody.ReadAsync(context, fields, deadline.Token);
            var result = await change(body, deadline.Token);
            if (result.Accepted)
            {
                var status = result.Id is null ? StatusCodes.Status200OK : StatusCodes.Status202Accepted;
                await Answer.JsonAsync(context, status, result, ApiJson.Plain.CommandResult);
            }
            else
            {
                await Answer.ErrorAsync(context, StatusCodes.Status409Conflict, new ApiError(result.Message, Remedy: null));
            }
        }));

    private Task<CommandResult> MoveAsync(MoveKind kind, RequestBody body, bool acceptDataLoss, CancellationToken cancellationToken)
    {
        var target = body.Text("to");
        var group = control.Store.Group(control.Member.Site);
        if (target is not null && !group.Any(member => member.Name == target))
        {
            throw new ApiRefusalException(
                StatusCodes.Status400BadRequest,
                $"'{target}' is not a member of {control.Store.Name} at {control.Member.Site}",
                $"the members are: {string.Join(", ", group.Select(member => member.Name))}");
        }

        return control.RequestMoveAsync(kind, target, acceptDataLoss, cancellationToken);
    }
}
