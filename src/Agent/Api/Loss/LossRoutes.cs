using System.Text.Json;
using Holdfast.Agent.Api.Changes;
using Holdfast.Engines;
using Holdfast.Engines.Loss;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Holdfast.Agent.Api.Loss;

/// <summary>
/// Losses: <c>GET /v1/losses</c>, <c>GET /v1/losses/{id}</c>, <c>POST /v1/losses/rows</c> and <c>POST /v1/losses/{id}/restore</c>, for bearers of the token
/// only.
/// </summary>
internal sealed class LossRoutes(ILossSource losses, CallerRule callers, TimeProvider time)
{
    private const string What = "the users' data that were lost";
    private const long LargestQuestion = 4 << 20;
    private readonly RestoreAnswer _restores = new(losses, time);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/v1/losses", [HttpMethods.Get], (RequestDelegate)(context => GuardAsync(context, () =>
            Answer.JsonAsync(context, StatusCodes.Status200OK, [.. losses.Reports()], LossJson.Plain.LossReportArray))));
        routes.MapMethods("/v1/losses/{id}", [HttpMethods.Get], (RequestDelegate)(context => GuardAsync(context, () => SendListAsync(context))));
        routes.MapMethods("/v1/losses/rows", [HttpMethods.Post], (RequestDelegate)(context => GuardAsync(context, () => CheckAsync(context))));
        routes.MapMethods(
            "/v1/losses/{id}/restore", [HttpMethods.Post], (RequestDelegate)(context => GuardAsync(context, () => _restores.AnswerAsync(context))));
    }

    private async Task GuardAsync(HttpContext context, Func<Task> answer)
    {
        callers.Require(context, What);
        try
        {
            await answer();
        }
        catch (EngineException exception)
        {
            throw new ApiRefusalException(StatusCodes.Status409Conflict, exception.Message, null);
        }
    }

    private async Task SendListAsync(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        await using var stream = losses.Open(id) ?? throw new ApiRefusalException(
            StatusCodes.Status404NotFound, $"there is no report {id} here (any more)", "look at GET /v1/losses");
        var response = context.Response;
        response.ContentType = "application/x-ndjson";
        response.Headers.CacheControl = "no-store";
        response.ContentLength = stream.Length;
        await stream.CopyToAsync(response.Body, context.RequestAborted);
    }

    private async Task CheckAsync(HttpContext context)
    {
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = LargestQuestion;
        using var deadline = RequestDeadline.Start(context, time, TimeSpan.FromSeconds(20));
        RowQuestion question;
        try
        {
            question = await JsonSerializer.DeserializeAsync(context.Request.Body, LossJson.Plain.RowQuestion, deadline.Token)
                ?? throw new JsonException("it is null");
        }
        catch (JsonException exception)
        {
            throw new ApiRefusalException(StatusCodes.Status400BadRequest, $"the body is no question about rows: {exception.Message}", null);
        }

        if (question.Keys.Any(key => key.Count != question.Key.Count))
        {
            throw new ApiRefusalException(
                StatusCodes.Status400BadRequest, "a key has another number of values than there are columns of the key", null);
        }

        var answer = await losses.CheckAsync(question, deadline.Token);
        await Answer.JsonAsync(context, StatusCodes.Status200OK, answer, LossJson.Plain.RowAnswer);
    }
}
