using System.Collections.Immutable;

namespace Holdfast.Lab.Histories;

/// <summary>What a client read in one snapshot: how long each list is and its last entry.</summary>
internal sealed record Read
{
    public required string Client { get; init; }
    /// <summary>Who answered; its timeline is empty where it was a standby.</summary>
    public required Reign From { get; init; }
    public required long Sent { get; init; }
    public required long Answered { get; init; }
    /// <summary>The gate led to it.</summary>
    public bool IsGated { get; init; }
    /// <summary>False: the server that answered demanded no standby for commits then.</summary>
    public bool Protected { get; init; } = true;
    /// <summary>By key.</summary>
    public required ImmutableArray<long> Lengths { get; init; }
    /// <summary>The id of the last entry by key; 0: the list is empty.</summary>
    public required ImmutableArray<long> Last { get; init; }
    /// <summary>Transactions of which only a part was there.</summary>
    public ImmutableArray<long> Torn { get; init; } = [];

    /// <summary>It was answered by a server that said it was the primary.</summary>
    public bool AtPrimary => From.Timeline.Length > 0;
}
