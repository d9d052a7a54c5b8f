using Holdfast.Agent.Api.Changes;
using Holdfast.Agent.Backup;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Holdfast.Agent.Api.Backup;

/// <summary><c>GET /v1/test-restores</c>, and <c>POST</c> to begin one or a scan, for bearers of the token only.</summary>
internal sealed class RestoreTestRoutes(IAgentControl control, CallerRule callers, TimeProvider time)
{
    private const string Path = "/v1/test-restores";
    private const string What = "what is known of test restores";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods(Path, [HttpMethods.Get], (RequestDelegate)(async context =>
        {
            callers.Require(context, What);
            await Answer.JsonAsync(context, StatusCodes.Status200OK, Desk().Report(), ApiJson.Plain.RestoreTestReport);
        }));
        routes.MapMethods(Path, [HttpMethods.Post], (RequestDelegate)(async context =>
        {
            callers.Require(context);
            using var deadline = RequestDeadline.Start(context, time);
            var body = await RequestBody.ReadAsync(context, ["task"], deadline.Token);
            var word = body.Text("task") ?? "test-restore";
            RepositoryTask? task = word switch { "test-restore" => RepositoryTask.TestRestore, "scan" => RepositoryTask.Scan, _ => null };
            var result = Desk().Ask(task ?? throw new ApiRefusalException(
                StatusCodes.Status400BadRequest, $"there is no task '{word}'", "the tasks are: test-restore, scan"));
            if (result.Accepted)
            {
                await Answer.JsonAsync(context, StatusCodes.Status202Accepted, result, ApiJson.Plain.CommandResult);
            }
            else
            {
                await Answer.ErrorAsync(context, StatusCodes.Status409Conflict, new ApiError(result.Message, Remedy: null));
            }
        }));
    }

    private IRestoreTestDesk Desk() => control.RestoreTests ?? throw new ApiRefusalException(
        StatusCodes.Status404NotFound, $"store {control.Store.Name} declares no backup repository for {control.Member.Site}",
        "add 'backup' to the store in the file, and restart the agents");
}
