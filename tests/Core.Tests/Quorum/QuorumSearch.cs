using System.Collections.Immutable;
using Holdfast.Core.Quorum;

namespace Holdfast.Core.Tests.Quorum;

/// <summary>Visits every state that a planner can bring about, and says the first thing that is broken.</summary>
internal static class QuorumSearch
{
    /// <summary>All rules over these names, with <see cref="SyncRule.None"/>.</summary>
    public static ImmutableArray<SyncRule> RulesOver(ImmutableArray<string> names)
    {
        var rules = ImmutableArray.CreateBuilder<SyncRule>();
        rules.Add(SyncRule.None);
        for (var bits = 1; bits < 1 << names.Length; bits++)
        {
            var chosen = names.Where((_, i) => (bits & (1 << i)) != 0).ToArray();
            for (var acks = 1; acks <= chosen.Length; acks++)
            {
                rules.Add(new SyncRule(chosen, acks));
            }
        }

        return rules.ToImmutable();
    }

    /// <param name="mindChanges">Rules that may become the desired one at any moment.</param>
    /// <returns>What is broken and how it came about; null: nothing in any reachable state.</returns>
    public static string? FindViolation(QuorumModel model, QuorumState start, ImmutableArray<SyncRule> mindChanges = default)
    {
        var from = new Dictionary<QuorumState, QuorumState?> { [start] = null };
        var open = new Queue<QuorumState>([start]);
        var terminating = new HashSet<QuorumState>();
        while (open.TryDequeue(out var state))
        {
            if (model.Broken(state) is { } broken)
            {
                return $"{broken}\n{Path(from, state)}";
            }

            if (!Terminates(model, state, terminating))
            {
                return $"never settles\n{Path(from, state)}";
            }

            var next = model.Next(state);
            if (!mindChanges.IsDefaultOrEmpty)
            {
                next = next.Concat(mindChanges.Where(rule => rule != state.Desired).Select(rule => state with { Desired = rule, Barrier = null }));
            }

            foreach (var following in next)
            {
                if (from.TryAdd(following, state))
                {
                    open.Enqueue(following);
                }
            }
        }

        return null;
    }

    private static bool Terminates(QuorumModel model, QuorumState state, HashSet<QuorumState> known)
    {
        var path = new List<QuorumState>();
        while (!known.Contains(state) && model.Plan(state) is not QuorumStep.Settled)
        {
            if (path.Count > 12)
            {
                return false;
            }

            path.Add(state);
            state = model.FairRound(state);
        }

        known.UnionWith(path);
        return true;
    }

    private static string Path(Dictionary<QuorumState, QuorumState?> from, QuorumState state)
    {
        var lines = new List<string>();
        for (QuorumState? at = state; at is { } now; at = from[now])
        {
            lines.Add($"  record {now.Recorded}, configured {now.Configured}, backends {now.Backends}, walsenders [{string.Join(" ", now.InForce.Rules)}], " +
                $"flushed {now.Flushed.Bits:b}, inserted {now.Inserted}, acknowledged {now.Acknowledged}, desired {now.Desired}, barrier {now.Barrier}");
        }

        lines.Reverse();
        return string.Join("\n", lines);
    }
}
