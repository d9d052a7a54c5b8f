using System.Collections.Immutable;

namespace Holdfast.Lab.Histories;

/// <summary>What a client knows of a write.</summary>
internal enum Outcome
{
    /// <summary>The server said that it is committed.</summary>
    Acknowledged,
    /// <summary>The server refused it, or its commit was never sent: it must not be there.</summary>
    Failed,
    /// <summary>The commit was sent and got no answer: it is there as a whole, or not at all.</summary>
    Indeterminate,
}

/// <summary>The time of one primary: a member on one timeline. Every promotion begins another.</summary>
internal readonly record struct Reign(string Member, string Timeline)
{
    public override string ToString() => $"{Member} (timeline {Timeline})";
}

/// <param name="Position">In the key's list, from 1.</param>
internal readonly record struct Place(int Key, long Position);

/// <summary>A transaction of a client: one row, or one entry at the end of two or three lists.</summary>
internal sealed record Write
{
    /// <summary>Unique in the run.</summary>
    public required long Id { get; init; }
    public required string Client { get; init; }
    /// <summary>The lists appended to; empty: a single row.</summary>
    public ImmutableArray<int> Keys { get; init; } = [];
    /// <summary>Monotonic timestamp before the commit was sent.</summary>
    public required long Sent { get; init; }
    /// <summary>Monotonic timestamp when its outcome was known, or given up.</summary>
    public required long Answered { get; init; }
    public required Outcome Outcome { get; init; }
    /// <summary>Who acknowledged; default otherwise.</summary>
    public Reign By { get; init; }
    /// <summary>
    /// The acknowledgement came when the client had given up: it was decided at some time since <see cref="Sent"/>, perhaps long before it arrived.
    /// So it says nothing of who was primary when, but what it acknowledges must be there.
    /// </summary>
    public bool IsLate { get; init; }
    /// <summary>False: the server demanded no standby when it wrote this.</summary>
    public bool Protected { get; init; } = true;
    /// <summary>Where the entries are, as the transaction saw it itself; empty: a single row, or not known.</summary>
    public ImmutableArray<Place> Places { get; init; } = [];
}
