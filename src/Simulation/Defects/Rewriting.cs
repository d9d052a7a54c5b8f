using System.Collections.Immutable;
using Holdfast.Agent.Records;
using Holdfast.Coordination;

namespace Holdfast.Simulation.Defects;

/// <summary>Transactions that compare less than the agent has them compare.</summary>
internal static class Rewriting
{
    public static Transaction WritesBlindly(Transaction sent, GroupKeys keys) =>
        Puts(sent, keys.Record) && !Elects(sent, keys) ? Without(sent, condition => condition is Condition.Unchanged && condition.Key == keys.Record) : sent;

    public static Transaction ElectsBlindly(Transaction sent, GroupKeys keys) => Elects(sent, keys) ? Without(sent, _ => true) : sent;

    /// <summary>Neither is the guard moved by a withdrawal, nor compared by a promise.</summary>
    public static Transaction WithoutGuard(Transaction sent, GroupKeys keys)
    {
        var guards = keys.PromiseGuard("");
        return Without(sent, condition => condition.Key.StartsWith(guards, StringComparison.Ordinal)) with
        {
            Operations = [.. sent.Operations.Where(operation => !operation.Key.StartsWith(guards, StringComparison.Ordinal))],
        };
    }

    private static bool Puts(Transaction sent, string key) => sent.Operations.Any(operation => operation is Operation.Put && operation.Key == key);

    private static bool Elects(Transaction sent, GroupKeys keys) =>
        Puts(sent, keys.Record) && sent.Conditions.Any(condition => IsPromise(condition.Key, keys));

    private static bool IsPromise(string key, GroupKeys keys) => key.StartsWith(keys.Promises, StringComparison.Ordinal);

    private static Transaction Without(Transaction sent, Func<Condition, bool> dropped) =>
        sent with { Conditions = [.. sent.Conditions.Where(condition => !dropped(condition))] };
}
