using System.Collections.Immutable;

namespace Holdfast.FailoverBench.Systems;

/// <summary>What is compared, by the names that the command line and the reports use.</summary>
internal static class SystemCatalogue
{
    public const string PostgreSql = "postgresql";
    public const string Holdfast = "holdfast";
    public const string HoldfastGate = "holdfast-gate";
    public const string Patroni = "patroni";
    public const string PatroniTight = "patroni-tight";
    public const string AutoFailover = "auto-failover";
    public const string AutoFailoverTight = "auto-failover-tight";

    public const string Redis = "redis";
    public const string HoldfastTight = "holdfast-tight";
    public const string Sentinel = "sentinel";
    public const string SentinelTight = "sentinel-tight";
    public const string SentinelReplica = "sentinel-tight-replica";

    /// <summary>Those of PostgreSQL.</summary>
    public static readonly ImmutableArray<string> Keys =
        [PostgreSql, Holdfast, HoldfastGate, Patroni, PatroniTight, AutoFailover, AutoFailoverTight];

    public static readonly ImmutableArray<string> KeysOfRedis = [Redis, Holdfast, HoldfastTight, Sentinel, SentinelTight, SentinelReplica];

    public static ImmutableArray<string> KeysOf(StoreKind kind) => kind == StoreKind.Redis ? KeysOfRedis : Keys;

    /// <summary>
    /// Those whose cost of commits is compared: one of each kind, for neither the gate's clients nor shorter timeouts change what a commit does.
    /// </summary>
    public static readonly ImmutableArray<string> WithCost = [PostgreSql, Holdfast, Patroni, AutoFailover];

    /// <summary>Makes it; nothing is started yet.</summary>
    /// <param name="round">Tells starts of the same system apart.</param>
    public static StoreSystem Create(StoreKind kind, string key, int round, Surroundings surroundings) =>
        kind == StoreKind.Redis ? CreateOfRedis(key, round, surroundings) : Create(key, round, surroundings);

    private static RedisSystem CreateOfRedis(string key, int round, Surroundings surroundings) => key switch
    {
        Redis => new BareRedisSystem(surroundings, key, round),
        Holdfast => new HoldfastRedisSystem(surroundings, key, round, null),
        HoldfastTight => new HoldfastRedisSystem(surroundings, key, round, HoldfastRedisSystem.Tight),
        Sentinel => new SentinelSystem(surroundings, key, round, SentinelTiming.Defaults),
        SentinelTight => new SentinelSystem(surroundings, key, round, SentinelTiming.Tight),
        SentinelReplica => new SentinelSystem(surroundings, key, round, SentinelTiming.TightWithReplica),
        _ => throw new ArgumentOutOfRangeException(nameof(key), key, "no such system"),
    };

    /// <summary>One of PostgreSQL.</summary>
    public static DatabaseSystem Create(string key, int round, Surroundings surroundings) => key switch
    {
        PostgreSql => new BareSystem(surroundings, key, round),
        Holdfast => new HoldfastSystem(surroundings, key, round, withGate: false),
        HoldfastGate => new HoldfastSystem(surroundings, key, round, withGate: true),
        Patroni => new PatroniSystem(surroundings, key, round, PatroniTiming.Defaults),
        PatroniTight => new PatroniSystem(surroundings, key, round, PatroniTiming.Tight),
        AutoFailover => new AutoFailoverSystem(surroundings, key, round, AutoFailoverTiming.Defaults),
        AutoFailoverTight => new AutoFailoverSystem(surroundings, key, round, AutoFailoverTiming.Tight),
        _ => throw new ArgumentOutOfRangeException(nameof(key), key, "no such system"),
    };
}
