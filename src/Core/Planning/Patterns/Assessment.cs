using System.Collections.Immutable;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Patterns;

/// <summary>A candidate, and all that follows from it.</summary>
/// <param name="Gates">Why it cannot be had. Empty: it can.</param>
/// <param name="Commit">How long a commit takes.</param>
public sealed record Assessment(
    Candidate Candidate, ImmutableArray<Gate> Gates, TimeSpan Commit, ImmutableArray<Outcome> Outcomes, Costs Costs, Probability Available)
{
    public bool CanBeHad => Gates.IsEmpty;
    public IEnumerable<Outcome> Missed => Outcomes.Where(outcome => outcome.Verdict == Verdict.Missed);
    public bool MeetsAll => CanBeHad && !Missed.Any();

    /// <summary>Nothing would open one of its gates: the product cannot do it.</summary>
    public bool IsOutOfReach => Gates.Any(gate => gate.IsFinal);

    /// <summary>Commits a second of one connection.</summary>
    public double PerConnection => CommitLatency.PerConnection(Commit);

    /// <summary>What becomes of the store after that failure.</summary>
    public Outcome After(FailureKind failure) => Outcomes.First(outcome => outcome.Failure == failure);

    public static Assessment Of(Setting setting, Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(candidate);
        var outcomes = Patterns.Outcomes.Of(setting, candidate);
        return new Assessment(
            candidate, Gate.Of(setting, candidate), setting.Commit(candidate), outcomes, Costs.Of(setting, candidate, outcomes),
            Availability.Series(outcomes.Select(outcome =>
                Availability.Of(Costs.RateOf(setting, candidate, outcome.Failure), outcome.Rto ?? setting.Facts.Times.Rebuild.Value))));
    }
}
