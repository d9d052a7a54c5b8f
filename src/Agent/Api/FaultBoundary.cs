using Holdfast.Coordination;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Agent.Api;

/// <summary>The one place where a fault of a request becomes an answer.</summary>
internal sealed class FaultBoundary(Action<string, Exception>? onFault)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
            if (!context.Response.HasStarted && context.Response.ContentLength is null)
            {
                await DescribeEmptyAsync(context);
            }
        }
        catch (Exception) when (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            context.Abort();
        }
        catch (ApiRefusalException refusal)
        {
            if (refusal.Status == StatusCodes.Status401Unauthorized)
            {
                context.Response.Headers.WWWAuthenticate = "Bearer realm=\"holdfast\"";
            }

            await Answer.ErrorAsync(context, refusal.Status, refusal.Body);
        }
        catch (BadHttpRequestException bad)
        {
            await Answer.ErrorAsync(context, bad.StatusCode, new ApiError(bad.Message, "send one small JSON object"));
        }
        catch (CoordinationException unreachable)
        {
            await Answer.ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, new ApiError(unreachable.Message, null));
        }
        catch (OperationCanceledException)
        {
            await Answer.ErrorAsync(
                context,
                StatusCodes.Status503ServiceUnavailable,
                new ApiError("coordination did not answer in time; the request may or may not have been taken",
                    "look at GET /v1/status, then ask again"));
        }
        catch (Exception bug)
        {
            onFault?.Invoke($"{context.Request.Method} {context.Request.Path} failed", bug);
            await Answer.ErrorAsync(
                context, StatusCodes.Status500InternalServerError,
                new ApiError($"the agent failed: {bug.Message}", "see the agent's log; please report it"));
        }
    }

    private static Task DescribeEmptyAsync(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => Answer.ErrorAsync(
            context,
            StatusCodes.Status404NotFound,
            new ApiError($"there is no {context.Request.Path}",
                "health: /primary /replica /read-only /health; data: /metrics /v1/status /v1/history")),
        StatusCodes.Status405MethodNotAllowed => Answer.ErrorAsync(
            context,
            StatusCodes.Status405MethodNotAllowed,
            new ApiError($"{context.Request.Path} does not take {context.Request.Method}", $"use {context.Response.Headers.Allow}")),
        _ => Task.CompletedTask,
    };
}
