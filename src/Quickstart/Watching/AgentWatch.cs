using System.Net.Http.Json;
using System.Text.Json;
using Holdfast.Quickstart.Layout;

namespace Holdfast.Quickstart.Watching;

/// <summary>One answer of one agent, or the lack of one.</summary>
/// <param name="AskedAt">Monotonic timestamp of the question: the answer is not older.</param>
/// <param name="Status">Null: no answer, and <paramref name="Problem"/> says why.</param>
internal sealed record Observation(string Member, long AskedAt, AgentStatus? Status, string? Problem);

/// <summary>Asks one agent for its status, some fifty times a second, for as long as the quickstart runs.</summary>
internal sealed class AgentWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(500);
    private readonly MemberPlace _place;
    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly Action<Observation> _observed;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private volatile Observation _latest;

    /// <param name="observed">Told of each answer, on the watch's own task.</param>
    public AgentWatch(MemberPlace place, HttpClient http, TimeProvider time, Action<Observation> observed)
    {
        _place = place;
        _http = http;
        _time = time;
        _observed = observed;
        _latest = new Observation(place.Name, time.GetTimestamp(), null, "not asked yet");
        _loop = Task.Run(LoopAsync);
    }

    public Observation Latest => _latest;

    private async Task LoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            _latest = await AskAsync();
            _observed(_latest);
            await Task.Delay(Interval, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<Observation> AskAsync()
    {
        var askedAt = _time.GetTimestamp();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        deadline.CancelAfter(Deadline);
        try
        {
            var status = await _http.GetFromJsonAsync(new Uri(_place.Agent, "/v1/status"), AgentJson.Default.AgentStatus, deadline.Token);
            return new Observation(_place.Name, askedAt, status, status is null ? "it answers with nothing" : null);
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException or JsonException)
        {
            return new Observation(_place.Name, askedAt, null, fault is OperationCanceledException ? "no answer in time" : fault.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }
}
