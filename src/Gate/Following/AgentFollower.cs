using System.Net;
using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Serving;
using Holdfast.Core.Topology;

namespace Holdfast.Gate.Following;

/// <summary>
/// Asks one member's agent where clients may go, over and over: each question waits there until the answer changes. What it knows is as old
/// as the question. To ask again says that the last answer has been heeded.
/// </summary>
internal sealed class AgentFollower(HttpMessageInvoker http, SystemSpec system, MemberSpec member, string caller, TimeProvider time, Action changed)
{
    /// <summary>How long a question waits for news.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AnswerLimit = Wait + TimeSpan.FromMilliseconds(800);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    private readonly string _begin =
        $"{(system.Security.HasTls ? "https" : "http")}://{member.Agent}/v1/serving?wait={Wait.TotalMilliseconds:0}&caller={caller}&after=";
    private readonly long _started = time.GetTimestamp();
    private volatile Word? _word;

    public MemberSpec Member => member;

    /// <summary>Why the last question got no answer; null: it did.</summary>
    public string? Problem { get; private set; }

    public ServingReport? Report => _word?.Report;

    /// <summary>Since the question was sent that the report answers; without a report, since the start.</summary>
    public TimeSpan Age => time.GetElapsedTime(_word?.Asked ?? _started);

    public async Task RunAsync(CancellationToken stop)
    {
        var pause = FirstPause;
        while (true)
        {
            if (await AskAsync(stop))
            {
                pause = FirstPause;
                continue;
            }

            await Task.Delay(pause, time, stop);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task<bool> AskAsync(CancellationToken stop)
    {
        var asked = time.GetTimestamp();
        using var clock = new CancellationTokenSource(AnswerLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, stop);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _begin + (_word?.Version ?? 0));
            using var response = await http.SendAsync(request, either.Token);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                Problem = $"{member.Agent} answers {(int)response.StatusCode}";
                return false;
            }

            if (JsonSerializer.Deserialize(body, ApiJson.Plain.ServingAnswer) is not { } answer ||
                answer.Report.Member != member.Name || answer.Report.Site != member.Site)
            {
                Problem = $"{member.Agent} is not the agent of {member.Name}";
                return false;
            }

            _word = new Word(asked, answer.Version, answer.Report);
            Problem = null;
            changed();
            return true;
        }
        catch (JsonException)
        {
            Problem = $"{member.Agent} does not answer like an agent";
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            Problem = $"no answer from {member.Agent} within {AnswerLimit.TotalMilliseconds:0} ms";
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            Problem = $"{member.Agent}: {fault.Message}";
        }

        return false;
    }

    /// <param name="Asked">When the question was sent; a monotonic timestamp.</param>
    private sealed record Word(long Asked, long Version, ServingReport Report);
}
