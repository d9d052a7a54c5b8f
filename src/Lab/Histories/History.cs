using System.Collections.Immutable;

namespace Holdfast.Lab.Histories;

/// <summary>All that a member had at the end.</summary>
internal sealed record Content(ImmutableHashSet<long> Rows, ImmutableArray<ImmutableArray<Entry>> Lists);

/// <param name="Width">How many lists its transaction appended to.</param>
internal readonly record struct Entry(long Position, long Id, int Width);

/// <summary>A site that was lost, or given up, with what it may have acknowledged alone.</summary>
/// <param name="Members">Of the lost site.</param>
/// <param name="Until">Monotonic timestamp after which nothing may be lost by it any more.</param>
internal sealed record Disaster(string Site, ImmutableArray<string> Members, long Until);

/// <summary>A server's main process was killed, and nothing else of its host.</summary>
/// <param name="At">Monotonic timestamp just before.</param>
internal sealed record Killed(string Member, long At);

/// <summary>Everything that is judged.</summary>
internal sealed record History
{
    public ImmutableArray<Write> Writes { get; init; } = [];
    public ImmutableArray<Read> Reads { get; init; } = [];
    /// <summary>Of the primary at the end.</summary>
    public required Content Final { get; init; }
    /// <summary>Of the other members at the end, by name, after they had received everything.</summary>
    public ImmutableSortedDictionary<string, Content> Others { get; init; } = ImmutableSortedDictionary<string, Content>.Empty;
    /// <summary>Ids that <c>holdfast loss</c> names.</summary>
    public ImmutableHashSet<long> Reported { get; init; } = [];
    public ImmutableArray<Disaster> Disasters { get; init; } = [];
    public ImmutableArray<Killed> Killed { get; init; } = [];
    /// <summary>Under which epoch a primary acknowledged, where the system's own history tells it.</summary>
    public ImmutableDictionary<Reign, long> Epochs { get; init; } = ImmutableDictionary<Reign, long>.Empty;
    /// <summary>For so long a primary that has been replaced may go on answering reads: by itself, and where the gate leads to it.</summary>
    public (TimeSpan Member, TimeSpan Gate) StaleLimits { get; init; } = (TimeSpan.MaxValue, TimeSpan.MaxValue);
    /// <summary>The file allows that a commit which no standby had is lost, if that is reported.</summary>
    public bool UnprotectedMayBeLost { get; init; }
}
