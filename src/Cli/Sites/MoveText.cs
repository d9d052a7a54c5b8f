using System.Collections.Immutable;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Sites;

namespace Holdfast.Cli.Sites;

/// <summary>The moves of several stores for people: all runbooks in their order, and how things stand when one of them fails.</summary>
internal static class MoveText
{
    /// <returns>Lines of markup, each at most <paramref name="width"/> columns.</returns>
    public static IEnumerable<string> Render(ImmutableArray<StoreMove> all, int width)
    {
        if (all is [var only])
        {
            return RunbookText.Render(only.Runbook, only.Before, width);
        }

        var due = all.Where(move => !move.IsThereAlready).ToList();
        var order = due.Count == 0 ? "" : $"One after another: {string.Join(", ", due.Select(move => $"{move.Store.Name} ({move.Store.Kind})"))}. ";
        var there = string.Concat(all.Except(due).Select(move => $"{move.Store.Name} is at {move.Asked.To} already. "));
        return
        [
            .. TextFlow.Wrap((order + there).TrimEnd(), width).Select(Terminal.Safe),
            .. due.SelectMany(move => RunbookText.Render(move.Runbook, move.Before, width)),
        ];
    }

    /// <summary>What has moved and what has not, and what helps.</summary>
    /// <param name="due">All that were to be moved.</param>
    /// <param name="at">Where it came to an end.</param>
    public static string Stopped(ImmutableArray<StoreMove> due, StoreMove at, string why)
    {
        var moved = due.Where(move => move.HasArrived).ToList();
        var left = due.Except(moved).Where(move => move != at || !at.IsAsked || at.Failure is not null).ToList();
        var underWay = at.IsAsked && at.Failure is null && !at.HasArrived;
        var back = at.Asked.Kind == MoveKind.Failover
            ? []
            : moved.Select(move => $"'holdfast switchover --site {move.Runbook.From} --store {move.Store.Name}' takes {move.Store.Name} back");
        string[] said =
        [
            $"{at.Store.Name}: {why}",
            moved.Count == 0 ? "moved: none" : $"moved: {Names(moved)}",
            .. underWay ? [$"not known: {at.Store.Name}"] : Array.Empty<string>(),
            .. left.Count > 0 ? [$"not moved: {Names(left)}"] : Array.Empty<string>(),
            $"when the cause is gone, ask again: it goes on with {(underWay ? "what is not there yet" : Names(left))}",
            .. back,
        ];
        return string.Join("; ", said);
    }

    private static string Names(IEnumerable<StoreMove> moves) => string.Join(", ", moves.Select(move => move.Store.Name));
}
