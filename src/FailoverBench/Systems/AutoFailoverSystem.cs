using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Quickstart;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Processes;
using Holdfast.Quickstart.Writing;

namespace Holdfast.FailoverBench.Systems;

/// <summary>pg_auto_failover from Debian's packages: a monitor, which no fault strikes, and three nodes.</summary>
internal sealed class AutoFailoverSystem(Surroundings surroundings, string key, int round, AutoFailoverTiming timing)
    : DatabaseSystem(surroundings, key, round)
{
    private const string Program = "pg_autoctl";
    private static readonly TimeSpan ToolDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SwitchoverDeadline = TimeSpan.FromSeconds(120);
    private readonly MemberPlace _monitor = Monitor(surroundings, key, round);
    private Host? _monitorHost;

    public override string Description => timing.ToString();

    public override TimeSpan Period => TimeSpan.FromSeconds(timing.Monitor.IsEmpty ? 5 : 1);

    protected override Host CreateHost(MemberPlace member) =>
        new(member, [.. Wrapped(member), Program, "run", "--pgdata", member.Data], Ledger, Surroundings.Time);

    protected override async Task LaunchAsync(CancellationToken cancellationToken)
    {
        await ControlAsync(
            _monitor,
            [
                "create", "monitor", "--pgdata", _monitor.Data, "--pgport", $"{_monitor.Port}", "--hostname", "127.0.0.1", "--auth", "trust",
                "--no-ssl",
            ],
            cancellationToken);
        await File.AppendAllTextAsync(
            Path.Combine(_monitor.Data, "postgresql.conf"),
            string.Concat(timing.Monitor.Select(setting => $"pgautofailover.{setting.Name} = {setting.Value}\n")), cancellationToken);
        _monitorHost = CreateHost(_monitor);
        _monitorHost.StartAgent();
        await ReadyAsync(_monitor, cancellationToken);

        await InitialiseFirstAsync(Place.Members[0], cancellationToken);
        foreach (var host in Hosts)
        {
            var member = host.Place;
            await ControlAsync(
                member,
                [
                    "create", "postgres", "--pgdata", member.Data, "--pgport", $"{member.Port}", "--hostname", "127.0.0.1", "--name", member.Name,
                    "--auth", "trust", "--no-ssl", "--monitor", $"postgres://autoctl_node@127.0.0.1:{_monitor.Port}/pg_auto_failover",
                ],
                cancellationToken);
            if (timing.NetworkPartition is { } seconds)
            {
                await ControlAsync(
                    member, ["config", "set", "--pgdata", member.Data, "timeout.network_partition_timeout", $"{seconds}"], cancellationToken);
            }

            host.StartAgent();
            await ReadyAsync(member, cancellationToken);
        }
    }

    protected override async Task<string?> ManagerMissingAsync(string primary, CancellationToken cancellationToken)
    {
        try
        {
            var nodes = await NodesAsync(cancellationToken);
            var unsettled = nodes.Where(node => node.Reported != node.Assigned || node.Reported is not ("primary" or "secondary")).ToArray();
            return unsettled.Length > 0 ? $"pg_auto_failover: {string.Join(", ", unsettled.Select(node => node.ToString()))}"
                : nodes.Length != Place.Members.Length ? $"pg_auto_failover knows {nodes.Length} nodes"
                : nodes.Any(node => node.Name == primary && node.Reported == "primary") ? null
                : $"pg_auto_failover does not say that {primary} is primary";
        }
        catch (QuickstartException fault)
        {
            return fault.Message;
        }
    }

    public override async Task SwitchoverAsync(Host primary, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(SwitchoverDeadline);
        await Tool.RunAsync(
            "env", [.. Wrapped(_monitor).Skip(1), Program, "perform", "switchover", "--pgdata", _monitor.Data],
            ImmutableDictionary<string, string>.Empty, SwitchoverDeadline, cancellationToken);
    }

    public override async Task<string> EvidenceAsync(CancellationToken cancellationToken)
    {
        try
        {
            var nodes = await NodesAsync(cancellationToken);
            return $"{await base.EvidenceAsync(cancellationToken)}; pg_auto_failover: {string.Join(", ", nodes.Select(node => node.ToString()))}";
        }
        catch (QuickstartException fault)
        {
            return fault.Message;
        }
    }

    private async Task<ImmutableArray<Node>> NodesAsync(CancellationToken cancellationToken)
    {
        var printed = await ControlAsync(_monitor, ["show", "state", "--json", "--pgdata", _monitor.Data], cancellationToken);
        try
        {
            return [.. JsonNode.Parse(printed)!.AsArray().Select(node => new Node(
                (string)node!["nodename"]!, (string)node["current_group_state"]!, (string)node["assigned_group_state"]!))];
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new QuickstartException($"pg_autoctl show state prints what is not understood: {printed}", fault);
        }
    }

    /// <summary>pg_autoctl takes over a data directory that is there; its own initdb would leave checksums off, which all others have on.</summary>
    private static async Task InitialiseFirstAsync(MemberPlace member, CancellationToken cancellationToken)
    {
        await Tool.RunAsync(
            Surroundings.PostgreSql("initdb"), BareSystem.InitdbArguments(member.Data), ImmutableDictionary<string, string>.Empty, ToolDeadline,
            cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(member.Data, "pg_hba.conf"),
            $"local all all trust\nhost {AppDatabase.Name} {AppDatabase.Name} 127.0.0.1/32 scram-sha-256\n", cancellationToken);
        await File.AppendAllTextAsync(
            Path.Combine(member.Data, "postgresql.conf"),
            $"{CommonSettings.Lines}unix_socket_directories = '{member.SocketDirectory}'\n", cancellationToken);
    }

    /// <summary>Waits until the server takes connections.</summary>
    private async Task ReadyAsync(MemberPlace member, CancellationToken cancellationToken)
    {
        var missing = await UntilNothingIsMissingAsync(
            async () =>
            {
                try
                {
                    await Tool.RunAsync(
                        Surroundings.PostgreSql("pg_isready"), ["-q", "-h", "127.0.0.1", "-p", $"{member.Port}"],
                        ImmutableDictionary<string, string>.Empty, ToolDeadline, cancellationToken);
                    return null;
                }
                catch (QuickstartException)
                {
                    return $"the server of {member.Name} does not answer";
                }
            },
            ToolDeadline, cancellationToken);
        if (missing is not null)
        {
            throw new QuickstartException($"{missing}; see {member.AgentLog}");
        }
    }

    private Task<string> ControlAsync(MemberPlace member, string[] arguments, CancellationToken cancellationToken) =>
        Tool.RunAsync(
            "env", [.. Wrapped(member).Skip(1), Program, .. arguments], ImmutableDictionary<string, string>.Empty, ToolDeadline, cancellationToken);

    /// <summary>
    /// pg_autoctl keeps its own files in the home directory, of which each host has one; and it looks for its server's socket in PGHOST. The
    /// nodes are copies of the first and have their sockets beside its own, told apart by their ports.
    /// </summary>
    private ImmutableArray<string> Wrapped(MemberPlace member) =>
    [
        "env", $"HOME={member.Folder}", $"XDG_CONFIG_HOME={member.Folder}/config", $"XDG_DATA_HOME={member.Folder}/share",
        $"XDG_RUNTIME_DIR={member.Folder}/run", $"PATH={Surroundings.Bin}:/usr/bin:/bin",
        .. member == _monitor ? (string[])[] : [$"PGHOST={Place.Members[0].SocketDirectory}"],
    ];

    /// <summary>The monitor's host lies beside the members', so that it is ended with them.</summary>
    private static MemberPlace Monitor(Surroundings surroundings, string key, int round)
    {
        var folder = Path.Combine(surroundings.Folder, $"{key}-{round}");
        var ports = Ports.FindFree(2);
        var monitor = new MemberPlace(
            "monitor", Place.OneSite, ports[0], ports[1], Path.Combine(folder, "orders-monitor"), Path.Combine(folder, "logs", "monitor.log"));
        Directory.CreateDirectory(monitor.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return monitor;
    }

    public override void Dispose()
    {
        _monitorHost?.Dispose();
        base.Dispose();
    }

    private sealed record Node(string Name, string Reported, string Assigned)
    {
        public override string ToString() => $"{Name} {Reported}/{Assigned}";
    }
}
