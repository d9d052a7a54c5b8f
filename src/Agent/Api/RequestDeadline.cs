using Microsoft.AspNetCore.Http;

namespace Holdfast.Agent.Api;

/// <summary>Bounds what a request may wait for coordination; it also ends when the caller has gone.</summary>
internal sealed class RequestDeadline : IDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _clock;
    private readonly CancellationTokenSource _either;

    private RequestDeadline(HttpContext context, TimeProvider time, TimeSpan limit)
    {
        _clock = new CancellationTokenSource(limit, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_clock.Token, context.RequestAborted);
    }

    public CancellationToken Token => _either.Token;

    public static RequestDeadline Start(HttpContext context, TimeProvider time, TimeSpan? limit = null) => new(context, time, limit ?? Limit);

    public void Dispose()
    {
        _either.Dispose();
        _clock.Dispose();
    }
}
