using Holdfast.Quickstart;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Processes;

namespace Holdfast.FailoverBench.Systems;

/// <summary>Holdfast with its defaults, as in <c>./quickstart</c>; the clients connect to the members, or through <c>holdfast gate</c>.</summary>
internal sealed class HoldfastSystem(Surroundings surroundings, string key, int round, bool withGate) : DatabaseSystem(surroundings, key, round)
{
    private const string QuickstartName = "system: quickstart";

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

        await Agents.StartAsync(Hosts, cancellationToken);
        if (withGate)
        {
            _gate = Detached.Start(
                Path.Combine(Place.Logs, "gate.log"), Surroundings.HoldfastProgram,
                "gate", "--api", $"127.0.0.1:{_gatePorts[2]}", Place.SystemFile);
            Ledger.Add(Quickstart.Hosts.Host.LedgerPrefix + "gate", _gate.Identity);
        }
    }

    protected override Task<string?> ManagerMissingAsync(string primary, CancellationToken cancellationToken) =>
        Agents.MissingAsync(primary, cancellationToken);

    public override Task<string?> BreakdownAsync(CancellationToken cancellationToken) => Agents.BreakdownAsync(cancellationToken);

    public override Task SwitchoverAsync(Host primary, CancellationToken cancellationToken) => Agents.SwitchoverAsync(cancellationToken);

    private HoldfastAgents Agents => field ??= new HoldfastAgents(Surroundings, Place);

    public override void Dispose()
    {
        _gate?.Dispose();
        base.Dispose();
    }
}
