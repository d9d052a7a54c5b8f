using System.Collections.Immutable;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Core.Tests.Quorum;

/// <summary>
/// One primary, its standbys and one commit, as small as it can be while still able to go wrong. The commit is any one of a run: a run
/// that loses some commit is, looking at that commit alone, a run of this model. LSN 0 is before it, LSN 1 behind it.
/// Each walsender takes up the configuration at a time of its own, and so do the backends, which decide whether to wait at all.
/// </summary>
internal readonly record struct QuorumState(
    SyncRule Recorded, SyncRule Configured, SyncRule Backends, RuleByName InForce, NameSet Flushed, bool Inserted, bool Acknowledged,
    SyncRule Desired, int? Barrier)
{
    public bool AllFollow(SyncRule rule) => Backends == rule && InForce.All(rule);
}

/// <summary>A set of standbys by their index.</summary>
internal readonly record struct NameSet(uint Bits)
{
    public bool Has(int index) => (Bits & (1u << index)) != 0;
    public NameSet With(int index) => new(Bits | (1u << index));
}

/// <summary>The rule that each walsender follows, by the standby's index; compared by value.</summary>
internal readonly struct RuleByName(ImmutableArray<SyncRule> rules) : IEquatable<RuleByName>
{
    private readonly ImmutableArray<SyncRule> _rules = rules;

    public SyncRule this[int index] => _rules[index];
    public RuleByName With(int index, SyncRule rule) => new(_rules.SetItem(index, rule));
    public bool All(SyncRule rule) => _rules.All(each => each == rule);
    public IEnumerable<SyncRule> Rules => _rules;
    public bool Equals(RuleByName other) => _rules.AsSpan().SequenceEqual(other._rules.AsSpan());
    public override bool Equals(object? obj) => obj is RuleByName other && Equals(other);
    public override int GetHashCode() => _rules.Aggregate(17, (hash, rule) => (hash * 31) + rule.GetHashCode());
}

/// <summary>The transitions of the model and what must hold in each state.</summary>
internal sealed class QuorumModel(ImmutableArray<string> names, Func<QuorumView, QuorumStep> planner)
{
    public static QuorumState Start(ImmutableArray<string> names, SyncRule from, SyncRule to, SyncRule? configured = null) =>
        new(from, configured ?? from, configured ?? from, new([.. names.Select(_ => configured ?? from)]), default, false, false, to, null);

    /// <summary>What is broken in this state; null: nothing.</summary>
    public string? Broken(QuorumState state)
    {
        foreach (var rule in state.InForce.Rules.Append(state.Backends))
        {
            if (!QuorumPlanner.Overlaps(rule, state.Recorded))
            {
                return $"the server acknowledges by {rule} while the record lets {state.Recorded} elect";
            }
        }

        return state.Acknowledged && state.Recorded.Protects && CountFlushed(state, state.Recorded) < state.Recorded.Acks
            ? $"an acknowledged commit is on {CountFlushed(state, state.Recorded)} member(s) of {state.Recorded}: an election may miss it"
            : null;
    }

    /// <summary>Every state that can come next, whoever moves first.</summary>
    public IEnumerable<QuorumState> Next(QuorumState state)
    {
        if (!state.Inserted)
        {
            yield return Acknowledge(state with { Inserted = true });
        }

        if (state.Backends != state.Configured)
        {
            yield return Acknowledge(state with { Backends = state.Configured });
        }

        for (var i = 0; i < names.Length; i++)
        {
            if (state.InForce[i] != state.Configured)
            {
                yield return Acknowledge(state with { InForce = state.InForce.With(i, state.Configured) });
            }

            if (state.Inserted && !state.Flushed.Has(i))
            {
                yield return Acknowledge(state with { Flushed = state.Flushed.With(i) });
            }
        }

        if (state.Barrier is null && state.AllFollow(state.Desired))
        {
            yield return state with { Barrier = state.Inserted ? 1 : 0 };
        }

        if (state.Barrier is not null)
        {
            yield return state with { Barrier = null }; // the agent crashed and forgot
        }

        if (Step(state) is { } stepped)
        {
            yield return stepped;
        }
    }

    /// <summary>The planner's own move; null: it waits or is done.</summary>
    public QuorumState? Step(QuorumState state) => Plan(state) switch
    {
        QuorumStep.WriteRecord write => state with { Recorded = write.Rule },
        QuorumStep.Configure configure => state with { Configured = configure.Rule, Barrier = null },
        _ => null,
    };

    public QuorumStep Plan(QuorumState state)
    {
        var flushed = ImmutableDictionary.CreateBuilder<string, Lsn>();
        for (var i = 0; i < names.Length; i++)
        {
            flushed[names[i]] = new Lsn(state.Flushed.Has(i) ? 1UL : 0UL);
        }

        SyncRule? effective = state.AllFollow(state.Configured) ? state.Configured : null;
        return planner(new QuorumView(
            state.Recorded, state.Configured, effective, state.Desired, state.Barrier is { } barrier ? new Lsn((ulong)barrier) : null, flushed.ToImmutable()));
    }

    /// <summary>One round in which everything that can move has moved, and then the planner.</summary>
    public QuorumState FairRound(QuorumState state)
    {
        var flushed = state.Inserted ? new NameSet((1u << names.Length) - 1) : state.Flushed;
        var settled = Acknowledge(state with { Backends = state.Configured, InForce = new([.. names.Select(_ => state.Configured)]), Flushed = flushed });
        if (settled.Barrier is null && settled.AllFollow(settled.Desired))
        {
            settled = settled with { Barrier = settled.Inserted ? 1 : 0 };
        }

        return Step(settled) ?? settled;
    }

    private QuorumState Acknowledge(QuorumState state)
    {
        if (!state.Inserted || state.Acknowledged)
        {
            return state;
        }

        var alone = state.Backends == SyncRule.None;
        for (var i = 0; i < names.Length && !alone; i++)
        {
            var rule = state.InForce[i];
            alone = rule.Protects && rule.Candidates.Contains(names[i]) && CountFlushed(state, rule) >= rule.Acks;
        }

        return alone ? state with { Acknowledged = true } : state;
    }

    private int CountFlushed(QuorumState state, SyncRule rule)
    {
        var count = 0;
        for (var i = 0; i < names.Length; i++)
        {
            count += state.Flushed.Has(i) && rule.Candidates.Contains(names[i]) ? 1 : 0;
        }

        return count;
    }
}
