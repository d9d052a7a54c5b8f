using System.Globalization;
using Holdfast.Agent.Api.Changes;
using Holdfast.Agent.Backup;
using Holdfast.Core.Failover;
using Holdfast.Engines.Backup;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Holdfast.Agent.Api.Backup;

/// <summary>Restores in place: <c>GET</c> and <c>POST /v1/restore</c>, <c>POST /v1/restore/take-back</c>; for bearers of the token only.</summary>
internal sealed class RestoreRoutes(IAgentControl control, CallerRule callers, TimeProvider time)
{
    private static readonly string[] Fields = ["kind", "value", "backup", "timeline", "dryRun"];
    /// <summary>Until what is committed is archived, and the archive has been looked through.</summary>
    private static readonly TimeSpan PlanLimit = TimeSpan.FromSeconds(55);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/v1/restore", [HttpMethods.Get], (RequestDelegate)(async context =>
        {
            callers.Require(context, "what is known of restores");
            using var deadline = RequestDeadline.Start(context, time);
            await Answer.JsonAsync(context, StatusCodes.Status200OK, await Desk().StatusAsync(deadline.Token), ApiJson.Plain.RestoreStatus);
        }));
        routes.MapMethods("/v1/restore", [HttpMethods.Post], (RequestDelegate)(async context =>
        {
            callers.Require(context);
            using var deadline = RequestDeadline.Start(context, time, PlanLimit);
            var body = await RequestBody.ReadAsync(context, Fields, deadline.Token);
            var offer = await Desk().BeginAsync(Asked(body), body.Flag("dryRun"), deadline.Token);
            await Answer.JsonAsync(
                context, offer.Begun ? StatusCodes.Status202Accepted : StatusCodes.Status200OK, offer, ApiJson.Plain.RestoreOffer);
        }));
        routes.MapMethods("/v1/restore/take-back", [HttpMethods.Post], (RequestDelegate)(async context =>
        {
            callers.Require(context);
            using var deadline = RequestDeadline.Start(context, time);
            await RequestBody.ReadAsync(context, [], deadline.Token);
            var result = await Desk().TakeBackAsync(deadline.Token);
            if (result.Accepted)
            {
                await Answer.JsonAsync(context, StatusCodes.Status200OK, result, ApiJson.Plain.CommandResult);
            }
            else
            {
                await Answer.ErrorAsync(context, StatusCodes.Status409Conflict, new ApiError(result.Message, Remedy: null));
            }
        }));
    }

    private static RestoreRequest Asked(RequestBody body)
    {
        RestoreKind? known = body.Text("kind") switch
        {
            "latest" => RestoreKind.Latest,
            "time" => RestoreKind.Time,
            "lsn" => RestoreKind.Lsn,
            "name" => RestoreKind.Name,
            _ => null,
        };
        var kind = known ?? throw new ApiRefusalException(
            StatusCodes.Status400BadRequest, "'kind' says up to where to restore", "the kinds are: latest, time, lsn, name");
        var value = body.Text("value") ?? "";
        if (RestoreMoment.Fault(kind, value) is { } fault)
        {
            throw new ApiRefusalException(StatusCodes.Status400BadRequest, fault, "'value' goes with 'kind': a time, a place in the log or a name");
        }

        var timeline = body.Text("timeline");
        uint number = 0;
        return timeline is not null && !uint.TryParse(timeline, NumberStyles.None, CultureInfo.InvariantCulture, out number)
            ? throw new ApiRefusalException(StatusCodes.Status400BadRequest, $"'{timeline}' is not a timeline", "write its number as a text")
            : new RestoreRequest(kind, value, body.Text("backup"), timeline is null ? null : number);
    }

    private IRestoreDesk Desk() => control.Restores ?? throw new ApiRefusalException(
        StatusCodes.Status404NotFound, $"store {control.Store.Name} declares no backup repository for {control.Member.Site}",
        "add 'backup' to the store in the file, and restart the agents");
}
