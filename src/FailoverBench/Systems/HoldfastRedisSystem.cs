using Holdfast.FailoverBench.Clients;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;

namespace Holdfast.FailoverBench.Systems;

/// <summary>A store of Redis under Holdfast.</summary>
/// <param name="timing">The store's <c>timing</c>; null: all defaults.</param>
internal sealed class HoldfastRedisSystem(Surroundings surroundings, string key, int round, string? timing) : RedisSystem(surroundings, key, round)
{
    /// <summary>The shortest lease that etcd keeps, and the shortest silence that two busy processors do not make by themselves.</summary>
    public const string Tight = "heartbeat: 50ms, suspect-after: 250ms, candidate-lost-after: 1s, lease: 2s";

    public override string Description => timing is null ? "all defaults (lease 5s)" : timing;

    public override TimeSpan Period => TimeSpan.FromMilliseconds(500);

    private HoldfastAgents Agents => field ??= new HoldfastAgents(Surroundings, Place, mayLose: true);

    protected override Host CreateHost(MemberPlace member) =>
        new(member, Surroundings.HoldfastProgram, Place.SystemFile, Ledger, Surroundings.Time);

    protected override async Task LaunchAsync(CancellationToken cancellationToken)
    {
        var passwordFile = Path.ChangeExtension(Place.SystemFile, ".password");
        SystemFile.WriteToken(Place);
        SystemFile.WritePrivate(passwordFile, Password);
        await File.WriteAllTextAsync(
            Place.SystemFile,
            $$"""
            system: bench-{{Key}}-{{Path.GetFileName(Place.Folder)}}
            coordination:
              etcd: [{{SystemFile.Etcds(Place)}}]
            security:
              token: "file:{{Place.TokenFile}}"
            sites:
              {{Place.OneSite}}: {}
            stores:
              {{SystemFile.Store}}:
                kind: redis
                objectives:
                  host-loss: { rpo: 10s, rto: 15s }
                {{(timing is null ? "" : $"timing: {{ {timing} }}")}}
                redis:
                  user: {{User}}
                  password: "file:{{passwordFile}}"
                  bin: {{Path.GetDirectoryName(Surroundings.Redis("redis-server"))}}
                members:
            {{SystemFile.Members(Place.Members)}}

            """,
            cancellationToken);
        await Agents.StartAsync(Hosts, cancellationToken);
    }

    protected override Task<string?> ManagerMissingAsync(string primary, CancellationToken cancellationToken) =>
        Agents.MissingAsync(primary, cancellationToken);

    public override Task<string?> BreakdownAsync(CancellationToken cancellationToken) => Agents.BreakdownAsync(cancellationToken);

    public override Task SwitchoverAsync(Host primary, CancellationToken cancellationToken) => Agents.SwitchoverAsync(cancellationToken);

    /// <summary>As Holdfast's own user, whose password is in a file of this member's.</summary>
    protected override async Task<RedisConnection> AdminAsync(MemberPlace member, CancellationToken cancellationToken) => await RedisConnection.OpenAsync(
        member.Port, "holdfast", (await File.ReadAllTextAsync($"{member.Data}.holdfast/control.password", cancellationToken)).Trim(), cancellationToken);
}
