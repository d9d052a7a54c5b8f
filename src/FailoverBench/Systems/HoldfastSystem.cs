using System.Net.Http.Json;
using System.Text.Json;
using Holdfast.Quickstart;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Processes;
using Holdfast.Quickstart.Watching;

namespace Holdfast.FailoverBench.Systems;

/// <summary>Holdfast with its defaults, as in <c>./quickstart</c>; the clients connect to the members, or through <c>holdfast gate</c>.</summary>
internal sealed class HoldfastSystem(Surroundings surroundings, string key, int round, bool withGate) : DatabaseSystem(surroundings, key, round)
{
    private const string QuickstartName = "system: quickstart";
    private static readonly TimeSpan AskDeadline = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SwitchoverDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    /// <summary>Read-write, read-only, and its own API.</summary>
    private readonly IReadOnlyList<int> _gatePorts = withGate ? Ports.FindFree(3) : [];
    private Detached? _gate;

    public override string Description =>
        "defaults as in ./quickstart" + (withGate ? "; the client connects through 'holdfast gate' alone" : "");

    public override TimeSpan Period => TimeSpan.FromMilliseconds(500);

    protected override string? Entry => withGate ? $"127.0.0.1:{_gatePorts[0]}" : null;

    protected override Host CreateHost(MemberPlace member) =>
        new(member, Surroundings.HoldfastProgram, Place.SystemFile, Ledger, Surroundings.Time);

    protected override async Task LaunchAsync(CancellationToken cancellationToken)
    {
        // Several systems use one etcd: each has a name of its own there.
        var text = SystemFile.Text(Place).Replace(QuickstartName, $"system: bench-{Key}-{Path.GetFileName(Place.Folder)}", StringComparison.Ordinal);
        if (text.Contains(QuickstartName, StringComparison.Ordinal))
        {
            throw new QuickstartException($"the file of the quickstart does not say '{QuickstartName}' any more; adapt HoldfastSystem");
        }

        SystemFile.WriteToken(Place);
        text = text.Replace("    postgresql:\n", $"    postgresql:\n      bin: {Surroundings.Bin}\n", StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            Place.SystemFile,
            withGate ? $"{text}    gate: {{ read-write: \"127.0.0.1:{_gatePorts[0]}\", read-only: \"127.0.0.1:{_gatePorts[1]}\" }}\n" : text,
            cancellationToken);

        Hosts[0].StartAgent();
        var first = Place.Members[0];
        if (await UntilNothingIsMissingAsync(
            async () => (await AskAsync(first, cancellationToken)).Status?.Primary == first.Name ? null : "the first member is not primary yet",
            StartDeadline, cancellationToken) is { } missing)
        {
            throw new QuickstartException($"{missing} after {StartDeadline.TotalSeconds:0} s; see {first.AgentLog}");
        }

        foreach (var host in Hosts.Skip(1))
        {
            host.StartAgent();
        }

        if (withGate)
        {
            _gate = Detached.Start(
                Path.Combine(Place.Logs, "gate.log"), Surroundings.HoldfastProgram,
                "gate", "--api", $"127.0.0.1:{_gatePorts[2]}", Place.SystemFile);
            Ledger.Add(Quickstart.Hosts.Host.LedgerPrefix + "gate", _gate.Identity);
        }
    }

    protected override async Task<string?> ManagerMissingAsync(string primary, CancellationToken cancellationToken)
    {
        var since = Surroundings.Time.GetTimestamp();
        var seen = await Task.WhenAll(Place.Members.Select(member => AskAsync(member, cancellationToken)));
        return Health.WhatIsMissing(seen, since) ??
            (seen[0].Status!.Primary == primary ? null : $"the agents say that {seen[0].Status!.Primary} is primary, and {primary} takes writes");
    }

    public override async Task SwitchoverAsync(Host primary, CancellationToken cancellationToken) =>
        await new Command(Surroundings.HoldfastProgram, Place)
            .RunAsync(SwitchoverDeadline, ["switchover", "--yes", "-f", Place.SystemFile], cancellationToken);

    private async Task<Observation> AskAsync(MemberPlace member, CancellationToken cancellationToken)
    {
        var askedAt = Surroundings.Time.GetTimestamp();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AskDeadline);
        try
        {
            var status = await Surroundings.Http.GetFromJsonAsync(
                new Uri(member.Agent, "/v1/status"), AgentJson.Default.AgentStatus, deadline.Token);
            return new Observation(member.Name, askedAt, status, null);
        }
        catch (Exception fault) when (fault is HttpRequestException or JsonException ||
            (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new Observation(member.Name, askedAt, null, fault.Message);
        }
    }

    public override void Dispose()
    {
        _gate?.Dispose();
        base.Dispose();
    }
}
