using System.Text.Json;
using Holdfast.Agent.Api.Changes;
using Holdfast.Engines;
using Holdfast.Engines.Loss;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Agent.Api.Loss;

/// <summary>
/// Brings back what a report is about, and answers with a line of JSON each second until it is done, so that who asks knows that it goes on. It ends when who
/// asked is gone.
/// </summary>
internal sealed class RestoreAnswer(ILossSource losses, TimeProvider time)
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    public async Task AnswerAsync(HttpContext context)
    {
        var dryRun = false;
        using (var deadline = RequestDeadline.Start(context, time))
        {
            dryRun = (await RequestBody.ReadAsync(context, ["dryRun"], deadline.Token)).Flag("dryRun");
        }

        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var progress = new Newest();
        var work = losses.RestoreAsync((string)context.Request.RouteValues["id"]!, dryRun, progress, gone.Token);
        try
        {
            await TellAsync(context, work, progress, gone.Token);
        }
        finally
        {
            // Nothing is written any more once nobody is there to hear of it.
            await gone.CancelAsync();
            await work.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task TellAsync(HttpContext context, Task<LossRestored> work, Newest progress, CancellationToken gone)
    {
        await Task.WhenAny(work, Task.Delay(Beat, time, gone));
        if (work.IsFaulted)
        {
            await work; // It is refused as a whole: nothing was said yet.
        }

        context.Response.ContentType = "application/x-ndjson";
        context.Response.Headers.CacheControl = "no-store";
        while (!work.IsCompleted)
        {
            await WriteAsync(context, new LossRestoreLine(Progress: progress.What ?? "it begins"), gone);
            await Task.WhenAny(work, Task.Delay(Beat, time, gone));
        }

        LossRestoreLine last;
        try
        {
            last = new LossRestoreLine(Done: await work);
        }
        catch (EngineException exception)
        {
            last = new LossRestoreLine(Fault: exception.Message);
        }

        await WriteAsync(context, last, gone);
    }

    private static async Task WriteAsync(HttpContext context, LossRestoreLine line, CancellationToken gone)
    {
        await JsonSerializer.SerializeAsync(context.Response.Body, line, LossJson.Plain.LossRestoreLine, gone);
        await context.Response.Body.WriteAsync("\n"u8.ToArray(), gone);
        await context.Response.Body.FlushAsync(gone);
    }

    private sealed class Newest : IProgress<JobProgress>
    {
        private volatile string? _what;

        public string? What => _what;

        public void Report(JobProgress value) => _what = value.What;
    }
}
