using System.Collections.Immutable;
using Holdfast.FailoverBench.Faults;
using Holdfast.Quickstart;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Writing;

namespace Holdfast.FailoverBench.Systems;

/// <summary>
/// PostgreSQL with nobody to manage it: what a commit costs without a manager, and, where this program itself promotes the standby at the
/// very moment of the fault, what no manager can be faster than. The standby's own <c>synchronous_standby_names</c> is empty, so that its
/// first commit waits for nobody.
/// </summary>
internal sealed class BareSystem(Surroundings surroundings, string key, int round) : DatabaseSystem(surroundings, key, round)
{
    private const string Replicator = "replicator";
    private static readonly TimeSpan ToolDeadline = TimeSpan.FromSeconds(60);

    public override string Description => "no manager; the standby is promoted by hand at once; detection and agreement take no time";

    public override TimeSpan Period => TimeSpan.FromMilliseconds(500);

    public override bool IsManaged => false;

    /// <summary>To notice a dead or frozen host is a manager's part: promotion alone takes as long as after a crash of the process.</summary>
    public override ImmutableArray<string> Faults => [FaultKinds.ProcessCrash, FaultKinds.Switchover];

    public static ImmutableArray<string> InitdbArguments(string data) =>
        ["--pgdata", data, "--username", "postgres", "--data-checksums", "--auth=trust", "--encoding=UTF8"];

    // Its server is all that a host has.
    protected override Host CreateHost(MemberPlace member) =>
        new(member, [Surroundings.PostgreSql("postgres"), "-D", member.Data], Ledger, Surroundings.Time);

    protected override async Task LaunchAsync(CancellationToken cancellationToken)
    {
        var first = Place.Members[0];
        await RunAsync("initdb", InitdbArguments(first.Data), cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(first.Data, "pg_hba.conf"),
            $"""
            local all all trust
            host replication {Replicator} 127.0.0.1/32 trust
            host {AppDatabase.Name} {AppDatabase.Name} 127.0.0.1/32 scram-sha-256

            """, cancellationToken);
        await ConfigureAsync(first, "", cancellationToken);
        Hosts[0].StartAgent();
        await ReadyAsync(first, cancellationToken);
        await SqlAsync(first, $"create role {Replicator} replication login", cancellationToken);
        foreach (var host in Hosts.Skip(1))
        {
            await AttachAsync(host, first, cancellationToken);
        }

        await AcknowledgeAsync(first, cancellationToken);
    }

    protected override Task<string?> ManagerMissingAsync(string primary, CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    public override async Task StruckAsync(string fault, Host primary, CancellationToken cancellationToken)
    {
        if (fault == FaultKinds.ProcessCrash)
        {
            await PromoteAsync(Hosts.First(host => host != primary), cancellationToken);
        }
    }

    public override async Task SwitchoverAsync(Host primary, CancellationToken cancellationToken)
    {
        await SqlAsync(primary.Place, "checkpoint", cancellationToken); // as any careful operator does first
        await RunAsync("pg_ctl", ["stop", "-D", primary.Place.Data, "-m", "fast", "-w"], cancellationToken);
        await PromoteAsync(Hosts.First(host => host != primary), cancellationToken);
    }

    /// <summary>The others are copied anew from whoever is primary now.</summary>
    public override async Task RestoreAsync(CancellationToken cancellationToken)
    {
        var primary = await PrimaryAsync(cancellationToken) ?? throw new QuickstartException("the bare servers have no primary; see their logs");
        foreach (var host in Hosts.Where(host => host != primary))
        {
            if (host.Server is not null)
            {
                await RunAsync("pg_ctl", ["stop", "-D", host.Place.Data, "-m", "immediate", "-w"], cancellationToken);
            }

            await AttachAsync(host, primary.Place, cancellationToken);
        }

        await AcknowledgeAsync(primary.Place, cancellationToken);
    }

    private static Task PromoteAsync(Host standby, CancellationToken cancellationToken) =>
        RunAsync("pg_ctl", ["promote", "-D", standby.Place.Data, "-W"], cancellationToken);

    private async Task AttachAsync(Host host, MemberPlace primary, CancellationToken cancellationToken)
    {
        var member = host.Place;
        if (Directory.Exists(member.Data))
        {
            Directory.Delete(member.Data, recursive: true);
        }

        await RunAsync(
            "pg_basebackup",
            [
                "-D", member.Data, "-h", "127.0.0.1", "-p", $"{primary.Port}", "-U", Replicator, "-X", "stream", "-c", "fast", "-R",
            ],
            cancellationToken);
        await ConfigureAsync(
            member, $"primary_conninfo = 'host=127.0.0.1 port={primary.Port} user={Replicator} application_name={member.Name}'\n", cancellationToken);
        host.StartAgent();
        await ReadyAsync(member, cancellationToken);
    }

    private static async Task ConfigureAsync(MemberPlace member, string further, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(
            Path.Combine(member.Data, "bench.conf"),
            $"""
            {CommonSettings.Lines}
            listen_addresses = '127.0.0.1'
            port = {member.Port}
            unix_socket_directories = '{member.SocketDirectory}'
            synchronous_standby_names = ''
            {further}
            """, cancellationToken);
        // pg_basebackup -R writes the connection there too, without the name by which it is known.
        await File.WriteAllTextAsync(Path.Combine(member.Data, "postgresql.auto.conf"), "", cancellationToken);
        var main = Path.Combine(member.Data, "postgresql.conf");
        const string Include = "include = 'bench.conf'\n";
        if (!(await File.ReadAllTextAsync(main, cancellationToken)).EndsWith(Include, StringComparison.Ordinal))
        {
            await File.AppendAllTextAsync(main, Include, cancellationToken);
        }
    }

    /// <summary>One of the two others acknowledges, as with Holdfast.</summary>
    private async Task AcknowledgeAsync(MemberPlace primary, CancellationToken cancellationToken)
    {
        var names = string.Join(", ", Place.Members.Where(member => member != primary).Select(member => $"\"{member.Name}\""));
        await File.AppendAllTextAsync(
            Path.Combine(primary.Data, "bench.conf"), $"synchronous_standby_names = 'ANY 1 ({names})'\n", cancellationToken);
        await RunAsync("pg_ctl", ["reload", "-D", primary.Data], cancellationToken);
    }

    private async Task ReadyAsync(MemberPlace member, CancellationToken cancellationToken)
    {
        if (await UntilNothingIsMissingAsync(
            async () =>
            {
                try
                {
                    await RunAsync("pg_isready", ["-q", "-h", "127.0.0.1", "-p", $"{member.Port}"], cancellationToken);
                    return null;
                }
                catch (QuickstartException)
                {
                    return $"the server of {member.Name} does not answer";
                }
            },
            ToolDeadline, cancellationToken) is { } missing)
        {
            throw new QuickstartException($"{missing}; see {member.AgentLog}");
        }
    }

    private static Task SqlAsync(MemberPlace member, string statement, CancellationToken cancellationToken) =>
        RunAsync(
            "psql", ["-X", "-q", "-h", member.SocketDirectory, "-p", $"{member.Port}", "-U", "postgres", "-d", "postgres", "-c", statement],
            cancellationToken);

    private static async Task RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        await Tool.RunAsync(
            Surroundings.PostgreSql(program), arguments, ImmutableDictionary<string, string>.Empty, ToolDeadline, cancellationToken);
}
