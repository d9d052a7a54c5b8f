namespace Holdfast.Quickstart.Watching;

/// <summary>All agents of a system, watched together.</summary>
internal interface IHealthWatch
{
    /// <summary>The agents' latest answers, in the order of the members.</summary>
    IReadOnlyList<Observation> Latest { get; }

    /// <summary>The member that takes writes; null: not known.</summary>
    string? Primary { get; }

    /// <summary>Waits until all is well. Null: it is; otherwise what was still missing at the deadline.</summary>
    /// <param name="since">Answers to earlier questions do not count (monotonic timestamp).</param>
    /// <param name="further">What must hold besides; null when it does.</param>
    Task<string?> WaitHealthyAsync(long since, TimeSpan deadline, Func<string?> further, CancellationToken cancellationToken);
}
