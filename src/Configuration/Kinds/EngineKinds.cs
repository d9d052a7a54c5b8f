using System.Collections.Immutable;
using Holdfast.Configuration.Rules;
using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Planning.Facts;
using Holdfast.Engines.PostgreSql;
using Holdfast.Engines.PostgreSql.Verification;
using Holdfast.Engines.Redis;

namespace Holdfast.Configuration.Kinds;

/// <summary>Every kind of store that there is. Nothing outside this folder asks a store for the name of its kind in order to do one thing or another.</summary>
public static class EngineKinds
{
    public static readonly ImmutableArray<EngineKind> All =
    [
        new(PostgreSqlKeys.Section, PostgreSqlRules.Check, PostgreSqlRules.Build)
        {
            Name = "postgresql",
            Class = StoreClass.Relational,
            CreateEngine = (store, member, time, log) => new PostgreSqlEngine(store, member, time, log),
            CreateVerifyTarget = (member, _, time) => new PostgreSqlVerifyTarget(member, time),
            LossRemedy = "'holdfast loss {0} --sql' prints a script that does the lost changes again: read it, then run it on the present primary",
        },
        Redis("redis", "redis-server", "valkey-server"),
        Redis("valkey", "valkey-server"),
    ];

    /// <exception cref="ArgumentException">There is no such kind; a file that has been checked names none.</exception>
    public static EngineKind Of(string name) =>
        All.FirstOrDefault(kind => kind.Name == name) ?? throw new ArgumentException($"there is no kind of store '{name}'", nameof(name));

    /// <summary>The sections of all kinds, each once.</summary>
    internal static ImmutableArray<Key<Section>> Sections => [.. All.Select(kind => kind.Section).Distinct()];

    /// <summary>What must hold within a store of the kind that it says it is.</summary>
    internal static void Check(Entry<Section> store, Findings findings)
    {
        if (!store.Value.TryGet(StoreKeys.Kind, out var name))
        {
            return;
        }

        var kind = Of(name);
        foreach (var section in Sections.Where(section => section != kind.Section && store.Value.IsGiven(section)))
        {
            findings.Error(
                store.Value.PlaceOf(section),
                $"is for stores of kind {string.Join(" or ", All.Where(other => other.Section == section).Select(other => other.Name))}",
                $"remove it; what concerns this store's servers is in '{kind.Section.Name}'");
        }

        kind.Check(store, findings);
    }

    /// <param name="programs">Names of the server's program, the one to be preferred first.</param>
    private static EngineKind Redis(string name, params string[] programs) => new(
        RedisKeys.Section, RedisRules.Check, section => RedisRules.Build(section) with { Programs = [.. programs] })
    {
        Name = name,
        Class = StoreClass.Cache,
        CreateEngine = (store, member, time, log) => new RedisEngine(store, member, time, log),
        CreateVerifyTarget = (_, engine, _) => ((RedisEngine)engine).CreateVerifyTarget(),
    };
}
