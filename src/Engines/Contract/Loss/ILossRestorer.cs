using System.Collections.Immutable;

namespace Holdfast.Engines.Loss;

/// <summary>What an engine does that brings lost keys back by itself.</summary>
public interface ILossRestorer
{
    /// <summary>
    /// At the member that holds what was salvaged: brings back what the present primary lacked when the report was made, and lacks still. What is there is
    /// never touched. It may be called beside any other call, though not twice at a time; it may be ended at any moment, and repeated.
    /// </summary>
    /// <param name="report">Its id.</param>
    /// <param name="dryRun">Nothing is written; what would be brought back counts as brought back.</param>
    /// <exception cref="EngineException">Not even a beginning could be made; the message says why.</exception>
    Task<LossRestored> RestoreLossAsync(string report, bool dryRun, IProgress<JobProgress> progress, CancellationToken cancellationToken);
}

/// <summary>What became of each key that the present primary lacked, or had otherwise, when a report was made.</summary>
public sealed record LossRestored
{
    /// <summary>The report's id.</summary>
    public required string Report { get; init; }
    public required string Store { get; init; }
    /// <summary>The deposed primary, whose data were read.</summary>
    public required string Member { get; init; }
    /// <summary>Who the present primary was when it began.</summary>
    public required string Primary { get; init; }
    public bool IsDryRun { get; init; }
    public required KeyTally Restored { get; init; }
    /// <summary>There already, with the same type and value; whether they expire at the same time does not count.</summary>
    public required KeyTally Same { get; init; }
    /// <summary>There already, otherwise.</summary>
    public required KeyTally Other { get; init; }
    /// <summary>The present primary had them, otherwise, when the report was made, and has them no more: they are not brought back.</summary>
    public required KeyTally Removed { get; init; }
    public required KeyTally Expired { get; init; }
    public required KeyTally Failed { get; init; }
    /// <summary>Why it ended before each key was looked at, or what casts doubt on what was brought back; null: nothing.</summary>
    public string? Problem { get; init; }
}

/// <param name="First">The first few by name.</param>
public sealed record KeyTally(long Count, ImmutableArray<NamedKey> First);

/// <param name="Database">Its number.</param>
/// <param name="Why">What is wrong with it; null: nothing.</param>
public sealed record NamedKey(string Database, string Key, string? Why = null);

/// <summary>One line of the answer to who asks for it: how far it is, or how it ended.</summary>
/// <param name="Fault">Not even a beginning could be made.</param>
public sealed record LossRestoreLine(string? Progress = null, LossRestored? Done = null, string? Fault = null);
