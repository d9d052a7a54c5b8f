using System.Collections.Immutable;
using System.Net.Http.Json;
using System.Text.Json;
using Holdfast.Quickstart;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Watching;

namespace Holdfast.FailoverBench.Systems;

/// <summary>The agents of one store under Holdfast, whatever its kind.</summary>
/// <param name="mayLose">By its objective a lost host may cost writes: the agents then say of it that it is not safe, and it is well all the same.</param>
internal sealed class HoldfastAgents(Surroundings surroundings, Place place, bool mayLose = false)
{
    private static readonly TimeSpan AskDeadline = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SwitchoverDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Starts the first alone, so that it becomes primary, and then the others.</summary>
    /// <exception cref="QuickstartException">It does not become primary.</exception>
    public async Task StartAsync(ImmutableArray<Host> hosts, CancellationToken cancellationToken)
    {
        hosts[0].StartAgent();
        var first = place.Members[0];
        var start = surroundings.Time.GetTimestamp();
        while ((await AskAsync(first, cancellationToken)).Status?.Primary != first.Name)
        {
            if (surroundings.Time.GetElapsedTime(start) > StartDeadline)
            {
                throw new QuickstartException(
                    $"the first member is not primary yet after {StartDeadline.TotalSeconds:0} s; see {first.AgentLog}");
            }

            await Task.Delay(Interval, surroundings.Time, cancellationToken);
        }

        foreach (var host in hosts.Skip(1))
        {
            host.StartAgent();
        }
    }

    /// <summary>What the agents say is not yet well; null: nothing.</summary>
    public async Task<string?> MissingAsync(string primary, CancellationToken cancellationToken)
    {
        var since = surroundings.Time.GetTimestamp();
        var seen = await Task.WhenAll(place.Members.Select(member => AskAsync(member, cancellationToken)));
        return Health.WhatIsMissing(seen, since) ??
            (seen[0].Status!.Primary == primary ? null : $"the agents say that {seen[0].Status!.Primary} is primary, and {primary} takes writes");
    }

    public async Task SwitchoverAsync(CancellationToken cancellationToken) =>
        await new Command(surroundings.HoldfastProgram, place)
            .RunAsync(SwitchoverDeadline, ["switchover", "--yes", "-f", place.SystemFile], cancellationToken);

    /// <summary>The newest entry of the history, in milliseconds from the last sign of life of the one before.</summary>
    public async Task<string?> BreakdownAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AskDeadline);
        try
        {
            var history = await surroundings.Http.GetFromJsonAsync(
                new Uri(place.Members[0].Agent, "/v1/history"), AgentJson.Default.HistoryEntryArray, deadline.Token);
            return history?.MaxBy(entry => entry.Epoch) is { } newest
                ? $"epoch {newest.Epoch} {newest.Kind} {newest.Rule}: detected {newest.DetectedMs:0}, promised {newest.PromisedMs:0}, " +
                    $"elected {newest.ElectedMs:0}, promoted {newest.PromotedMs:0}, first write {newest.FirstCommitMs:0} ms"
                : null;
        }
        catch (Exception fault) when (fault is HttpRequestException or JsonException ||
            (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    private async Task<Observation> AskAsync(MemberPlace member, CancellationToken cancellationToken)
    {
        var askedAt = surroundings.Time.GetTimestamp();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AskDeadline);
        try
        {
            var status = await surroundings.Http.GetFromJsonAsync(
                new Uri(member.Agent, "/v1/status"), AgentJson.Default.AgentStatus, deadline.Token);
            return new Observation(
                member.Name, askedAt, mayLose && status is not null ? status with { SafeToLoseHost = true } : status, null);
        }
        catch (Exception fault) when (fault is HttpRequestException or JsonException ||
            (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new Observation(member.Name, askedAt, null, fault.Message);
        }
    }
}
