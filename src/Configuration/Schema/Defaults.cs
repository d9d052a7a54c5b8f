using System.Collections.Immutable;
using Holdfast.Core.Backup;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql;

namespace Holdfast.Configuration.Schema;

/// <summary>The defaults are those of the specifications themselves; here they are read off.</summary>
internal static class Defaults
{
    public static readonly TimingSpec Timing = new();
    public static readonly PostgreSqlSpec PostgreSql = new();

    public static readonly CoordinationSpec Coordination = new() { Endpoints = [] };

    public static readonly BackupSpec Backup = new() { Repositories = ImmutableSortedDictionary<string, RepositorySpec>.Empty };

    public static readonly StoreSpec Store = new()
    {
        Name = "",
        Kind = "",
        Members = ImmutableSortedDictionary<string, MemberSpec>.Empty,
        Engine = PostgreSql,
    };

    public static readonly MemberSpec Member = new() { Name = "", Site = "", Address = default, Agent = default, Data = "" };

    /// <summary>Time limit of a hook that gives none.</summary>
    public static readonly TimeSpan HookTimeLimit = TimeSpan.FromSeconds(30);

    /// <summary>Port of an agent whose endpoint is not given.</summary>
    public const int AgentPort = 8008;
}
