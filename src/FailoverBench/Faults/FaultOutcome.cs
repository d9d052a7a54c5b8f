using System.Collections.Immutable;

namespace Holdfast.FailoverBench.Faults;

/// <summary>What one fault did to one system once.</summary>
internal sealed record FaultOutcome
{
    public required string System { get; init; }
    public required string Fault { get; init; }
    public required int Round { get; init; }
    /// <summary>False: the fault did not happen, as when a switchover is refused; the problems say why.</summary>
    public bool Exercised { get; init; } = true;
    /// <summary>The client's longest wait between two acknowledged commits; null: none came within the limit, or it was not exercised.</summary>
    public required double? OutageSeconds { get; init; }
    /// <summary>Commits acknowledged from the fault until all members were healthy again.</summary>
    public required long Acknowledged { get; init; }
    /// <summary>Acknowledged rows that the present primary lacks; null: it could not be asked.</summary>
    public required long? Lost { get; init; }
    /// <summary>Commits that the thawed former primary acknowledged while another was primary.</summary>
    public required long ByFormerPrimary { get; init; }
    /// <summary>From the fault (freeze: the thaw) until all members were healthy; null: they were not within the limit.</summary>
    public required double? HealthyAfterSeconds { get; init; }
    /// <summary>Where the time went, by the manager's own word; null: it does not say.</summary>
    public string? Breakdown { get; init; }
    /// <summary>What was not as it must be, with the evidence; empty: nothing.</summary>
    public required ImmutableArray<string> Problems { get; init; }
}
