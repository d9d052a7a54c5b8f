using Holdfast.Agent.Api.Changes;
using Holdfast.Agent.Backup;
using Holdfast.Core.Backup;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Holdfast.Agent.Api.Backup;

/// <summary><c>GET /v1/backups</c> and <c>/v1/backups/running</c>, and <c>POST /v1/backups</c> to take one, for bearers of the token only.</summary>
internal sealed class BackupRoutes(IAgentControl control, CallerRule callers, TimeProvider time)
{
    private const string What = "what is known of backups";
    /// <summary>Looking through a large archive takes a while.</summary>
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(20);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/v1/backups", [HttpMethods.Get], (RequestDelegate)(async context =>
        {
            callers.Require(context, What);
            using var deadline = RequestDeadline.Start(context, time, LookLimit);
            var tests = control.RestoreTests?.Report();
            var report = await Desk().ReportAsync(deadline.Token) with { Tested = tests?.Record, Scan = tests?.Scan };
            await Answer.JsonAsync(context, StatusCodes.Status200OK, report, ApiJson.Plain.BackupReport);
        }));
        routes.MapMethods("/v1/backups/running", [HttpMethods.Get], (RequestDelegate)(async context =>
        {
            callers.Require(context, What);
            await Answer.JsonAsync(context, StatusCodes.Status200OK, Desk().Activity(), ApiJson.Plain.BackupActivity);
        }));
        routes.MapMethods("/v1/backups", [HttpMethods.Post], (RequestDelegate)(async context =>
        {
            callers.Require(context);
            using var deadline = RequestDeadline.Start(context, time);
            var body = await RequestBody.ReadAsync(context, ["type"], deadline.Token);
            var word = body.Text("type") ?? "incremental";
            var type = BackupTiming.Parse(word) ?? throw new ApiRefusalException(
                StatusCodes.Status400BadRequest, $"'{word}' is not a type of backup", "the types are: full, differential, incremental");
            var result = Desk().Ask(type);
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

    private IBackupDesk Desk() => control.Backups ?? throw new ApiRefusalException(
        StatusCodes.Status404NotFound, $"store {control.Store.Name} declares no backup repository for {control.Member.Site}",
        "add 'backup' to the store in the file, and restart the agents");
}
