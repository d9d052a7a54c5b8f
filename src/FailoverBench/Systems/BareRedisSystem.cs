using System.Collections.Immutable;
using Holdfast.FailoverBench.Faults;
using Holdfast.Quickstart;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;

namespace Holdfast.FailoverBench.Systems;

/// <summary>
/// Redis with nobody to manage it: this program itself promotes the standby that has most at the very moment of the fault, and no manager can be
/// faster than that.
/// </summary>
internal sealed class BareRedisSystem(Surroundings surroundings, string key, int round) : PlainRedisSystem(surroundings, key, round)
{
    public override string Description => "no manager; the standby is promoted by hand at once; detection and agreement take no time";

    public override TimeSpan Period => TimeSpan.FromMilliseconds(500);

    public override bool IsManaged => false;

    /// <summary>To notice a dead or frozen host is a manager's part: promotion alone takes as long as after a crash of the process.</summary>
    public override ImmutableArray<string> Faults => [FaultKinds.ProcessCrash, FaultKinds.Switchover];

    // Its server is all that a host has.
    protected override Host CreateHost(MemberPlace member) => new(member, [Surroundings.Redis("redis-server"), ServerFile(member)], Ledger, Surroundings.Time);

    protected override Task LaunchAsync(CancellationToken cancellationToken)
    {
        foreach (var host in Hosts)
        {
            Configure(host.Place, host == Hosts[0] ? null : Hosts[0].Place);
            host.StartAgent();
        }

        return Task.CompletedTask;
    }

    protected override async Task<string?> ManagerMissingAsync(string primary, CancellationToken cancellationToken)
    {
        string? silent = null;
        await ReplicationAsync(Host(primary).Place, problem => silent = $"{primary} does not answer: {problem}", cancellationToken);
        return silent;
    }

    public override async Task StruckAsync(string fault, Host primary, CancellationToken cancellationToken)
    {
        if (fault == FaultKinds.ProcessCrash)
        {
            var standbys = await Task.WhenAll(Hosts.Where(host => host != primary).Select(async host =>
                (host.Place, Offset: await OffsetAsync(host.Place, "slave_repl_offset", cancellationToken))));
            await CallAsync(standbys.MaxBy(standby => standby.Offset).Place, cancellationToken, "REPLICAOF", "NO", "ONE");
        }
    }

    /// <summary>
    /// As by hand, and without a wait: writes are refused, the standby is promoted when it has all, the old one follows. The server's own FAILOVER
    /// waits for the standby's word, which comes once a second.
    /// </summary>
    public override async Task SwitchoverAsync(Host primary, CancellationToken cancellationToken)
    {
        var (old, next) = (primary.Place, Hosts.First(host => host != primary).Place);
        await CallAsync(old, cancellationToken, "CONFIG", "SET", "min-replicas-to-write", "1000");
        var end = await OffsetAsync(old, "master_repl_offset", cancellationToken);
        while (await OffsetAsync(next, "slave_repl_offset", cancellationToken) is { } offset && offset < end)
        {
            end = await OffsetAsync(old, "master_repl_offset", cancellationToken);
        }

        await CallAsync(next, cancellationToken, "REPLICAOF", "NO", "ONE");
        await CallAsync(old, cancellationToken, "REPLICAOF", "127.0.0.1", $"{next.Port}");
        await CallAsync(old, cancellationToken, "CONFIG", "SET", "min-replicas-to-write", "0");
    }

    private async Task<long> OffsetAsync(MemberPlace member, string field, CancellationToken cancellationToken)
    {
        string? problem = null;
        var fields = await ReplicationAsync(member, text => problem = text, cancellationToken);
        return fields is null ? throw new QuickstartException($"{member.Name} does not answer: {problem}") : RedisFacts.Offset(fields, field);
    }

    public override async Task RestoreAsync(CancellationToken cancellationToken)
    {
        var primary = await PrimaryAsync(cancellationToken) ?? throw new QuickstartException("the bare servers have no primary; see their logs");
        foreach (var host in Hosts.Where(host => host != primary))
        {
            if (ServerOf(host) is null)
            {
                Configure(host.Place, primary.Place);
                host.StartAgent();
            }
            else
            {
                await CallAsync(host.Place, cancellationToken, "REPLICAOF", "127.0.0.1", $"{primary.Place.Port}");
            }
        }
    }
}
