using System.Collections.Immutable;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Configuration.Kinds;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Sites;

/// <summary>Which stores a move between sites concerns, and in which order they go. Pure.</summary>
internal static class MoveOrder
{
    /// <summary>What others log in with comes first, and what is filled from others last.</summary>
    private static readonly ImmutableArray<StoreClass> Classes =
        [StoreClass.Secrets, StoreClass.KubernetesState, StoreClass.Relational, StoreClass.NoSql, StoreClass.Cache, StoreClass.Broker];

    /// <summary>The named store, or every one with two sites that has members at that site; by class, and within one as in the file.</summary>
    /// <param name="site">Null: each store's own preferred one.</param>
    /// <exception cref="CliException">There is none.</exception>
    public static ImmutableArray<StoreSpec> StoresOf(SystemSpec system, string? name, string? site)
    {
        var named = Group.All(system, name).Select(group => group.Store).Distinct().ToList();
        var moving = named.Where(store => store.HasTwoSites).ToList();
        if (moving.Count == 0)
        {
            var (have, they) = named.Count == 1 ? ("has", "it") : ("have", "they");
            throw new CliException(ExitCode.Usage, $"{Names(named)} {have} one site only: {they} cannot be moved to another");
        }

        var there = moving.Where(store => site is null || store.Sites.Contains(site)).ToList();
        return there.Count > 0
            ? [.. there.OrderBy(store => Classes.IndexOf(EngineKinds.Of(store.Kind).Class)).ThenBy(store => store.Place)]
            : throw new CliException(
                ExitCode.Usage,
                moving.Count == 1
                    ? $"{moving[0].Name} has no members at a site '{site}'; its sites are: {string.Join(", ", moving[0].Sites)}"
                    : $"no store that has two sites has members at a site '{site}'; their sites are: " +
                        string.Join(", ", moving.SelectMany(store => store.Sites).Distinct().Order(StringComparer.Ordinal)));
    }

    private static string Names(IEnumerable<StoreSpec> stores) => string.Join(", ", stores.Select(store => store.Name));
}
