using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Holdfast.Quickstart;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Writing;

namespace Holdfast.FailoverBench.Systems;

/// <summary>Patroni from Debian's package, on the same etcd by its v3 API, with <c>synchronous_mode</c> on so that it loses nothing.</summary>
internal sealed class PatroniSystem(Surroundings surroundings, string key, int round, PatroniTiming timing) : DatabaseSystem(surroundings, key, round)
{
    private static readonly TimeSpan AskDeadline = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan SwitchoverDeadline = TimeSpan.FromSeconds(120);
    private readonly string _replicationPassword = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private readonly string _adminPassword = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public override string Description => timing.ToString();

    public override TimeSpan Period => TimeSpan.FromSeconds(timing.LoopWait);

    protected override Host CreateHost(MemberPlace member)
    {
        var file = Path.Combine(member.Folder, "patroni.yml");
        SystemFile.WritePrivate(file, Text(member));
        return new Host(member, ["patroni", file], Ledger, Surroundings.Time);
    }

    protected override async Task LaunchAsync(CancellationToken cancellationToken)
    {
        Hosts[0].StartAgent();
        if (await UntilNothingIsMissingAsync(
            async () => (await ClusterAsync(cancellationToken)).Cluster is { } cluster &&
                cluster.Members.Any(member => member is { IsLeader: true, State: "running" })
                ? null : "there is no leader yet",
            StartDeadline, cancellationToken) is { } missing)
        {
            throw new QuickstartException($"{missing} {StartDeadline.TotalSeconds:0} s after the first Patroni's start; see {Place.Logs}");
        }

        foreach (var host in Hosts.Skip(1))
        {
            host.StartAgent();
        }
    }

    protected override async Task<string?> ManagerMissingAsync(string primary, CancellationToken cancellationToken)
    {
        var (cluster, problem) = await ClusterAsync(cancellationToken);
        return cluster is null ? problem
            : cluster.Members.Length != Place.Members.Length ? $"Patroni knows {cluster.Members.Length} members"
            : cluster.Members.FirstOrDefault(member => member.State is not ("running" or "streaming")) is { } ill ? $"Patroni: {ill}"
            : cluster.Members.SingleOrDefault(member => member.IsLeader)?.Name != primary ? $"Patroni does not say that {primary} is leader"
            : cluster.Members.Any(member => member.Role == "sync_standby") ? null
            : "Patroni names no synchronous standby";
    }

    public override async Task SwitchoverAsync(Host primary, CancellationToken cancellationToken)
    {
        // What patronictl sends.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(SwitchoverDeadline);
        var text = JsonSerializer.Serialize(new PatroniSwitchover(primary.Name), PatroniJson.Default.PatroniSwitchover);
        // Of a known length: Patroni refuses a body that comes in chunks.
        using var body = new StringContent(text, Encoding.UTF8, "application/json");
        using var answer = await Surroundings.Http.PostAsync(new Uri(primary.Place.Agent, "/switchover"), body, limit.Token);
        if (!answer.IsSuccessStatusCode)
        {
            throw new QuickstartException(
                $"Patroni refuses the switchover ({(int)answer.StatusCode}): {await answer.Content.ReadAsStringAsync(limit.Token)}");
        }
    }

    public override async Task<string> EvidenceAsync(CancellationToken cancellationToken)
    {
        var (cluster, problem) = await ClusterAsync(cancellationToken);
        return $"{await base.EvidenceAsync(cancellationToken)}; Patroni: " +
            (cluster is null ? problem : string.Join(", ", cluster.Members.Select(member => member.ToString())));
    }

    private async Task<(PatroniCluster? Cluster, string? Problem)> ClusterAsync(CancellationToken cancellationToken)
    {
        string? problem = null;
        foreach (var member in Place.Members)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(AskDeadline);
            try
            {
                return (await Surroundings.Http.GetFromJsonAsync(
                    new Uri(member.Agent, "/cluster"), PatroniJson.Default.PatroniCluster, deadline.Token), "an empty answer");
            }
            catch (Exception fault) when (fault is HttpRequestException or JsonException ||
                (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                problem = $"Patroni of {member.Name} does not answer: {fault.Message}"; // the next knows as much
            }
        }

        return (null, problem);
    }

    private string Text(MemberPlace member) =>
        $$"""
        scope: bench-{{Path.GetFileName(Place.Folder)}}
        namespace: /bench-{{Path.GetFileName(Surroundings.Folder)}}/
        name: {{member.Name}}
        restapi: { listen: "127.0.0.1:{{member.AgentPort}}", connect_address: "127.0.0.1:{{member.AgentPort}}" }
        etcd3: { hosts: "{{Surroundings.Etcd.Client.Authority}}" }
        bootstrap:
          dcs:
            ttl: {{timing.Ttl}}
            loop_wait: {{timing.LoopWait}}
            retry_timeout: {{timing.RetryTimeout}}
            primary_start_timeout: {{timing.PrimaryStart}}
            maximum_lag_on_failover: 1048576
            synchronous_mode: true
            postgresql:
              use_pg_rewind: true
              use_slots: true
              parameters:
        {{string.Concat(CommonSettings.Written.Select(setting => $"        {setting.Name}: \"{setting.Value}\"\n"))}}
          initdb: [{ encoding: UTF8 }, data-checksums]
        postgresql:
          listen: "{{member.Address}}"
          connect_address: "{{member.Address}}"
          data_dir: {{member.Data}}
          bin_dir: {{Surroundings.Bin}}
          pgpass: {{Path.Combine(member.Folder, "pgpass")}}
          authentication:
            superuser: { username: postgres, password: {{_adminPassword}} }
            replication: { username: replicator, password: {{_replicationPassword}} }
          parameters: { unix_socket_directories: {{member.SocketDirectory}} }
          pg_hba:
            - local all all trust
            - host all postgres 127.0.0.1/32 scram-sha-256
            - host replication replicator 127.0.0.1/32 scram-sha-256
            - host {{AppDatabase.Name}} {{AppDatabase.Name}} 127.0.0.1/32 scram-sha-256

        """;
}
