using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Physics;
using Holdfast.Core.Planning.Quantities;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Planning.Patterns;

/// <summary>How a failure stands to what is demanded for it.</summary>
public enum Verdict { Met, Missed, NotAsked }

/// <summary>What a candidate makes of one kind of failure.</summary>
/// <param name="Rpo">The most that is lost, in time, unless a second failure comes before the first is mended. Null: all of it.</param>
/// <param name="LossWhy">Where that comes from, a clause.</param>
/// <param name="Recovery">Null: the store does not come back by anything that was planned.</param>
/// <param name="Objective">Null: none was declared.</param>
public sealed record Outcome(FailureKind Failure, TimeSpan? Rpo, string LossWhy, RecoveryTime? Recovery, ObjectiveSpec? Objective)
{
    /// <summary>What would make the loss less. Null: nothing that is declared.</summary>
    public string? LossChange { get; init; }

    public TimeSpan? Rto => Recovery?.Total;
    public bool IsCovered => Rpo is not null && Recovery is not null;

    /// <summary>By how much it misses what is demanded, loss and time together.</summary>
    public TimeSpan Shortfall => Objective is null
        ? TimeSpan.Zero
        : Duration.Sum([Over(Rpo ?? TimeSpan.MaxValue, Objective.Rpo), Over(Rto ?? TimeSpan.MaxValue, Objective.Rto)]);

    /// <summary>More is lost than is demanded.</summary>
    public bool MissesRpo => Objective is not null && !(Rpo <= Objective.Rpo);

    /// <summary>It takes longer than is demanded.</summary>
    public bool MissesRto => Objective is not null && !(Rto <= Objective.Rto);

    public Verdict Verdict => Objective is null ? Verdict.NotAsked : MissesRpo || MissesRto ? Verdict.Missed : Verdict.Met;

    private static TimeSpan Over(TimeSpan found, TimeSpan asked) => found > asked ? found - asked : TimeSpan.Zero;
}
