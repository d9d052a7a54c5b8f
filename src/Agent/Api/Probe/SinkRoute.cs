using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Holdfast.Agent.Api.Probe;

/// <summary>
/// <c>POST /v1/probe/sink</c>: reads what another agent sends, throws it away, and tells how fast it came. Whoever sends cannot make it read more, or
/// longer, than its own bounds.
/// </summary>
internal sealed class SinkRoute(TimeProvider time)
{
    public const long MostBytes = 32 << 20;
    /// <summary>Beyond <see cref="MostBytes"/>: the sender ends with a whole piece, and pieces have headers.</summary>
    public const long Slack = 1 << 20;
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly Slot _slot = new();

    public async Task AnswerAsync(HttpContext context)
    {
        using var stay = _slot.TryEnter() ?? throw new ApiRefusalException(
            StatusCodes.Status409Conflict, "another agent measures its way to this one just now", $"ask again in {Limit.TotalSeconds:0} s");
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MostBytes + Slack;
        using var deadline = RequestDeadline.Start(context, time, Limit);
        var arrivals = new Arrivals(time);
        try
        {
            await ReadAsync(context.Request.BodyReader, arrivals, deadline.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // Not an answer: the server would read on for a while to deliver it.
            context.Abort();
            return;
        }

        var answer = arrivals.Answer() ?? throw new ApiRefusalException(
            StatusCodes.Status400BadRequest, $"{arrivals.Bytes} bytes that come at once are too few to tell a rate from", "send as the agents do");
        await Answer.JsonAsync(context, StatusCodes.Status200OK, answer, SinkJson.Default.SinkAnswer);
    }

    /// <summary>In the server's own buffers, which are bounded and used again.</summary>
    private static async Task ReadAsync(PipeReader body, Arrivals arrivals, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await body.ReadAsync(cancellationToken);
            if (!read.Buffer.IsEmpty)
            {
                arrivals.Add(read.Buffer.Length);
            }

            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }
}
