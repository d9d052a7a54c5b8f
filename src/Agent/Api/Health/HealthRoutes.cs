using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Holdfast.Agent.Api.Health;

/// <summary>
/// The health endpoints that load balancers and Kubernetes set-ups of the field already use. GET, HEAD and OPTIONS answer alike:
/// HAProxy asks with OPTIONS unless told otherwise.
/// </summary>
internal static class HealthRoutes
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head, HttpMethods.Options];

    private static readonly (string Path, HealthQuestion Question)[] Table =
    [
        ("/", HealthQuestion.Primary),
        ("/primary", HealthQuestion.Primary),
        ("/master", HealthQuestion.Primary),
        ("/leader", HealthQuestion.Primary),
        ("/read-write", HealthQuestion.Primary),
        ("/replica", HealthQuestion.Standby),
        ("/standby", HealthQuestion.Standby),
        ("/read-only", HealthQuestion.ReadOnly),
        ("/sync", HealthQuestion.Synchronous),
        ("/synchronous", HealthQuestion.Synchronous),
        ("/async", HealthQuestion.Asynchronous),
        ("/asynchronous", HealthQuestion.Asynchronous),
        ("/health", HealthQuestion.Running),
        ("/liveness", HealthQuestion.Alive),
        ("/readiness", HealthQuestion.Ready),
    ];

    public static void Map(IEndpointRouteBuilder routes, IAgentControl control)
    {
        foreach (var (path, question) in Table)
        {
            routes.MapMethods(path, Methods, (RequestDelegate)(context => AnswerAsync(context, question, control)));
        }
    }

    private static Task AnswerAsync(HttpContext context, HealthQuestion question, IAgentControl control)
    {
        long? maxLag = null;
        if (context.Request.Query.TryGetValue("lag", out var text))
        {
            if (!LagLimit.TryParse(text, out var bytes))
            {
                throw new ApiRefusalException(
                    StatusCodes.Status400BadRequest, $"lag '{text}' is not a number of bytes", "write for example ?lag=1048576 or ?lag=10MB");
            }

            maxLag = bytes;
        }

        var report = HealthCheck.Judge(question, control.Status, control.Member.Name, control.IsLive, maxLag);
        var status = report.Ok ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return Answer.JsonAsync(context, status, report, ApiJson.Plain.HealthReport);
    }
}
