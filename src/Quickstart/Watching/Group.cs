using System.Net.Http.Json;
using System.Text.Json;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Processes;

namespace Holdfast.Quickstart.Watching;

/// <summary>The group as all agents together describe it.</summary>
internal sealed class Group : IHealthWatch, IAsyncDisposable
{
    private static readonly TimeSpan HistoryDeadline = TimeSpan.FromSeconds(5);
    private readonly Place _place;
    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly AgentWatch[] _watches;
    private long _coordinationMissedAt = long.MinValue;

    public Group(Place place, HttpClient http, TimeProvider time)
    {
        _place = place;
        _http = http;
        _time = time;
        Protection = new ProtectionMeter(time);
        _watches = [.. place.Members.Select(member => new AgentWatch(member, http, time, Observed))];
    }

    public ProtectionMeter Protection { get; }

    /// <summary>The agents' latest answers, in the order of the members.</summary>
    public IReadOnlyList<Observation> Latest => [.. _watches.Select(watch => watch.Latest)];

    /// <summary>The newest epoch that any agent tells of, and its primary.</summary>
    public (long Epoch, string? Primary) Newest =>
        Latest.Select(observation => observation.Status).OfType<AgentStatus>().MaxBy(status => status.Epoch) is { } newest
            ? (newest.Epoch, newest.Primary)
            : (0, null);

    public string? Primary => Newest.Primary;

    /// <summary>When an agent last said that it does not reach coordination (monotonic timestamp).</summary>
    public long CoordinationMissedAt => Interlocked.Read(ref _coordinationMissedAt);

    /// <inheritdoc/>
    public async Task<string?> WaitHealthyAsync(long since, TimeSpan deadline, Func<string?> further, CancellationToken cancellationToken)
    {
        string? missing = null;
        await Until.TrueAsync(
            () => (missing = further() ?? Health.WhatIsMissing(Latest, since)) is null,
            deadline, _time, cancellationToken);
        return missing;
    }

    /// <summary>The newest change of primary that the agents recorded; null: none can be learnt.</summary>
    public async Task<HistoryEntry?> LastChangeAsync(CancellationToken cancellationToken)
    {
        var primary = Newest.Primary;
        foreach (var member in _place.Members.OrderByDescending(member => member.Name == primary))
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(HistoryDeadline);
            try
            {
                var history = await _http.GetFromJsonAsync(
                    new Uri(member.Agent, "/v1/history"), AgentJson.Default.HistoryEntryArray, deadline.Token);
                return history?.MaxBy(entry => entry.Epoch);
            }
            catch (Exception fault) when (
                fault is HttpRequestException or JsonException
                    || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                continue; // the next agent knows as much
            }
        }

        return null;
    }

    private void Observed(Observation observation)
    {
        Protection.Observe(observation, _time.GetTimestamp());
        if (observation.Status is { CoordinationReachable: false })
        {
            Interlocked.Exchange(ref _coordinationMissedAt, _time.GetTimestamp());
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var watch in _watches)
        {
            await watch.DisposeAsync();
        }
    }
}
