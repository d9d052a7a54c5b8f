using System.Collections.Immutable;

namespace Holdfast.Core.Backup;

/// <summary>What a store declares about test restores.</summary>
public sealed record RestoreTestSpec
{
    /// <summary>On each member's host; what is made there is removed again. It needs room for the whole database.</summary>
    public required string Directory { get; init; }
    /// <summary>When one is made; null: only when asked for.</summary>
    public CronSchedule? Schedule { get; init; }
    /// <summary>A success that is older than this is an alarm.</summary>
    public TimeSpan AlarmAfter { get; init; } = TimeSpan.FromHours(192);
    /// <summary>Asked of each restored copy, in this order.</summary>
    public ImmutableArray<RestoreAssertion> Assertions { get; init; } = [];
}

/// <summary>A statement that must bring true, in the first column of its first row.</summary>
public sealed record RestoreAssertion(string Name, string Sql, string Database);
