using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Quorum;

namespace Holdfast.Simulation.Exhaustive;

/// <param name="States">How many different states there are within the scope.</param>
/// <param name="Transitions">How many steps lead from one to another.</param>
/// <param name="Depth">The longest of the shortest ways to a state.</param>
/// <param name="Path">The steps that lead to the violation.</param>
internal sealed record Exploration(long States, long Transitions, int Depth, int Changes, string? Violation, ImmutableArray<string> Path)
{
    public override string ToString() => Violation is null
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"{States} states, {Transitions} transitions, {Depth} steps deep, {Changes} changes of primary; the oath holds in each")
        : $"{Violation}, after {string.Join("; ", Path)}";
}

/// <summary>Goes to every state that can be reached within a scope, breadth first, and checks articles 1 to 4 of the oath in each.</summary>
internal sealed class Explorer(Scope scope, ImmutableArray<Rule>? table = null)
{
    private readonly Dictionary<UInt128, (UInt128 From, string Step)> _seen = [];
    private readonly StateKeys _keys = new();
    private readonly AgentSteps _agents = new(scope, table ?? FailoverRules.Table);

    /// <param name="mostStates">Beyond that the scope is too large: the result says so.</param>
    public Exploration Run(int mostStates = 5_000_000)
    {
        var start = Begin();
        var level = new List<(GroupState State, UInt128 Key)> { (start, _keys.Of(start)) };
        _seen[level[0].Key] = (0, "");
        long transitions = 0;
        var (depth, changes) = (0, 0);
        while (level.Count > 0)
        {
            var next = new List<(GroupState State, UInt128 Key)>();
            foreach (var (state, key) in level)
            {
                foreach (var (step, after, violation) in Steps(state))
                {
                    var hash = _keys.Of(after);
                    if (hash == key)
                    {
                        continue; // Most decisions change nothing: to wait, say.
                    }

                    transitions++;
                    if (violation is not null)
                    {
                        return new Exploration(_seen.Count, transitions, depth, changes, violation, [.. Way(key), step]);
                    }

                    if (_seen.TryAdd(hash, (key, step)))
                    {
                        changes += after.Keys.Record.Epoch > state.Keys.Record.Epoch ? 1 : 0;
                        next.Add((after, hash));
                    }
                }
            }

            Holdfast.Core.Invariant.Check(_seen.Count <= mostStates, "the scope is small enough to be explored completely");
            level = next;
            depth += next.Count > 0 ? 1 : 0;
        }

        return new Exploration(_seen.Count, transitions, depth, changes, null, []);
    }

    private GroupState Begin()
    {
        var names = Enumerable.Range(0, scope.Members).Select(i => ((char)('a' + i)).ToString()).ToArray();
        var sync = new SyncRule(names[1..], scope.Acks);
        var keys = new SharedKeys(
            new GroupRecord
            {
                Epoch = 1,
                Primary = names[0],
                Sync = sync,
                Mode = ProtectionMode.ZeroLoss,
                SystemId = "S",
                Lineage = [new LineageEntry(1, 1, Lsn.Zero)],
            },
            1, ImmutableSortedDictionary<string, Promise>.Empty, null);
        var first = new MemberState
        {
            Role = MemberRole.Primary,
            Log = [100],
            Sync = sync,
            PrimaryEpoch = 1,
            Memory = new MemberMemory { Epoch = 1, LogEpoch = 1, WasPrimary = true },
            Picture = keys,
        };
        var other = new MemberState { Log = [100], Upstream = names[0], Picture = keys };
        return new GroupState
        {
            Keys = keys,
            Members = names.ToImmutableSortedDictionary(name => name, name => name == names[0] ? first : other, StringComparer.Ordinal),
        };
    }

    private IEnumerable<(string Step, GroupState After, string? Violation)> Steps(GroupState state)
    {
        foreach (var (name, member) in state.Members)
        {
            if (!ReferenceEquals(member.Picture, state.Keys))
            {
                yield return ($"{name} reads", AgentSteps.Read(state, name), null);
            }

            if (member.Picture is not null)
            {
                foreach (var patient in (bool[])[true, false])
                {
                    if (_agents.Act(state, name, patient) is { } done && done.After.Keys.Record.Epoch <= scope.MaxEpoch)
                    {
                        yield return (done.Step, Told(done.After), done.Violation ?? ServerSteps.Violation(done.After));
                    }
                }
            }

            foreach (var (step, after) in ServerSteps.Of(state, name, scope))
            {
                var settled = Told(ServerSteps.Acknowledge(after));
                yield return (step, settled, ServerSteps.Violation(settled));
            }
        }
    }

    /// <summary>Who is never late has read what is new already.</summary>
    private GroupState Told(GroupState state)
    {
        foreach (var (name, member) in state.Members)
        {
            if (!scope.Late.Contains(name, StringComparison.Ordinal) && member.Picture is not null && !ReferenceEquals(member.Picture, state.Keys))
            {
                state = AgentSteps.Read(state, name);
            }
        }

        return state;
    }

    private List<string> Way(UInt128 key)
    {
        var way = new List<string>();
        for (var (from, step) = _seen[key]; step.Length > 0; (from, step) = _seen[from])
        {
            way.Insert(0, step);
        }

        return way;
    }
}
