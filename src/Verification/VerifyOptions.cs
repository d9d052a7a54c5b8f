using System.Collections.Immutable;

namespace Holdfast.Verification;

/// <summary>How to compare.</summary>
public sealed record VerifyOptions
{
    /// <summary>Chunks that are compared at the same time.</summary>
    public int Jobs { get; init; } = 1;
    /// <summary>The share of time in which a job may read, above 0 up to 1; 1: without a pause.</summary>
    public double Share { get; init; } = 0.05;
    /// <summary>Bytes per second that may be read on each member, by all jobs together; null: no limit.</summary>
    public long? Rate { get; init; }
    /// <summary>Stored bytes of a chunk.</summary>
    public long ChunkBytes { get; init; } = 16L << 20;
    /// <summary>Rows of a chunk where chunks are ranges of keys.</summary>
    public int ChunkRows { get; init; } = 50_000;
    /// <summary>Only tables whose <c>schema.name</c> or name fits one of these, where <c>*</c> stands for anything; empty: all.</summary>
    public ImmutableArray<string> Tables { get; init; } = [];
    /// <summary>Only these databases; empty: all.</summary>
    public ImmutableArray<string> Databases { get; init; } = [];
    /// <summary>How long a member may take to show what the reference showed before it counts as not catching up.</summary>
    public TimeSpan CatchUp { get; init; } = TimeSpan.FromSeconds(60);
    /// <summary>Differences that are listed one by one; all are counted.</summary>
    public int Listed { get; init; } = 1000;
    /// <summary>After so many differences a table is left, and the result says so.</summary>
    public int TableLimit { get; init; } = 10_000;
}
