using System.Globalization;
using System.Net.Sockets;
using Holdfast.FailoverBench.Clients;
using Holdfast.Quickstart;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;

namespace Holdfast.FailoverBench.Systems;

/// <summary>
/// Redis Sentinel from Debian's packages: a server and a sentinel on each host. A server that ends is started again after 100 ms, which is what
/// Debian's units do (<c>Restart=always</c>).
/// </summary>
internal sealed class SentinelSystem(Surroundings surroundings, string key, int round, SentinelTiming timing) : PlainRedisSystem(surroundings, key, round)
{
    private const string Name = "orders";
    private static readonly TimeSpan AskDeadline = TimeSpan.FromSeconds(2);

    public override string Description => timing.ToString();

    /// <summary>It asks each server that often.</summary>
    public override TimeSpan Period => TimeSpan.FromSeconds(1);

    protected override string Further => $"min-replicas-to-write {timing.MinReplicas}";

    protected override IPrimaryFinder Finder =>
        field ??= new FinderBySentinels([.. Place.Members.Select(member => member.AgentPort)], Name, User, Password);

    protected override Host CreateHost(MemberPlace member) => new(
        member,
        [
            "/bin/sh", "-c", "\"$1\" \"$2\" & while :; do \"$3\" \"$4\"; sleep 0.1; done", "host",
            Surroundings.Redis("redis-sentinel"), SentinelFile(member), Surroundings.Redis("redis-server"), ServerFile(member),
        ],
        Ledger, Surroundings.Time);

    protected override Task LaunchAsync(CancellationToken cancellationToken)
    {
        foreach (var host in Hosts)
        {
            Configure(host.Place, host == Hosts[0] ? null : Hosts[0].Place);
            ConfigureSentinel(host.Place);
            host.StartAgent();
        }

        return Task.CompletedTask;
    }

    /// <summary>Each sentinel knows this primary, two standbys and two other sentinels, misses nobody, and does not hold back (TILT).</summary>
    protected override async Task<string?> ManagerMissingAsync(string primary, CancellationToken cancellationToken)
    {
        foreach (var member in Place.Members)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(AskDeadline);
            try
            {
                using var sentinel = await RedisConnection.OpenAsync(member.AgentPort, "default", null, limit.Token);
                if (await MissingAsync(sentinel, Host(primary).Place, limit.Token) is { } missing)
                {
                    return $"the sentinel of {member.Name}: {missing}";
                }
            }
            catch (Exception fault) when (fault is IOException or SocketException ||
                (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                return $"the sentinel of {member.Name} does not answer: {fault.Message}";
            }
        }

        return null;
    }

    private async Task<string?> MissingAsync(RedisConnection sentinel, MemberPlace primary, CancellationToken cancellationToken)
    {
        var others = (Place.Members.Length - 1).ToString(CultureInfo.InvariantCulture);
        var seen = Pairs(await sentinel.CallAsync(cancellationToken, "SENTINEL", "MASTER", Name));
        if (seen["port"] != $"{primary.Port}" || seen["flags"] != "master" || seen["num-slaves"] != others || seen["num-other-sentinels"] != others)
        {
            return $"primary at port {seen["port"]} ({seen["flags"]}), {seen["num-slaves"]} standbys, {seen["num-other-sentinels"]} other sentinels";
        }

        var standbys = await sentinel.CallAsync(cancellationToken, "SENTINEL", "REPLICAS", Name);
        var ill = standbys.Where((_, index) => index > 0 && standbys[index - 1] == "flags").FirstOrDefault(flags => flags != "slave");
        var held = RedisFacts.Fields((await sentinel.AskAsync(cancellationToken, "INFO", "sentinel"))!).GetValueOrDefault("sentinel_tilt") == "1";
        return ill is not null ? $"a standby is {ill}" : held ? "it is in TILT" : null;
    }

    /// <summary>Asks a sentinel of another host.</summary>
    public override async Task SwitchoverAsync(Host primary, CancellationToken cancellationToken)
    {
        try
        {
            using var sentinel = await RedisConnection.OpenAsync(
                Hosts.First(host => host != primary).Place.AgentPort, "default", null, cancellationToken);
            await sentinel.CallAsync(cancellationToken, "SENTINEL", "FAILOVER", Name);
        }
        catch (RedisRefusalException refusal)
        {
            throw new QuickstartException($"Sentinel refuses the switchover: {refusal.Message}", refusal);
        }
    }

    private static Dictionary<string, string?> Pairs(List<string?> answer) =>
        answer.Chunk(2).Where(pair => pair.Length == 2).DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0] ?? "", pair => pair[1]);

    private static string SentinelFile(MemberPlace member) => Path.Combine(member.Folder, "sentinel.conf");

    private void ConfigureSentinel(MemberPlace member)
    {
        var folder = Path.Combine(member.Folder, "sentinel");
        Directory.CreateDirectory(folder);
        SystemFile.WritePrivate(
            SentinelFile(member),
            $"""
            bind 127.0.0.1
            port {member.AgentPort}
            dir {folder}
            sentinel monitor {Name} 127.0.0.1 {Place.Members[0].Port} 2
            sentinel auth-pass {Name} {AdminPassword}
            {(timing.DownAfter is { } down ? $"sentinel down-after-milliseconds {Name} {down}" : "")}
            {(timing.FailoverTimeout is { } limit ? $"sentinel failover-timeout {Name} {limit}" : "")}

            """);
    }
}
