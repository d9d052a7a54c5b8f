using System.Collections.Immutable;

namespace Holdfast.Core.Quorum;

/// <summary>
/// Which standbys may acknowledge a commit (S) and how many must (k). Immutable, compared by value.
/// <see cref="None"/> acknowledges alone; a rule with k ≥ 1 and candidates protects.
/// </summary>
public sealed class SyncRule : IEquatable<SyncRule>
{
    /// <summary>S = {}, k = 0: the primary acknowledges alone.</summary>
    public static readonly SyncRule None = new([], 0);

    /// <summary>
    /// Nobody can acknowledge: commits wait. Standbys keep it so that a promotion can never acknowledge alone by a late reload.
    /// </summary>
    public static readonly SyncRule Blocked = new([], 1);

    /// <exception cref="ArgumentException">k does not fit S: 1 ≤ k ≤ |S|, or one of the two special rules.</exception>
    public SyncRule(IEnumerable<string> candidates, int acks)
    {
        Candidates = candidates.ToImmutableSortedSet(StringComparer.Ordinal);
        Acks = acks;
        if (acks < 0 || (Candidates.Count == 0 ? acks > 1 : acks < 1 || acks > Candidates.Count))
        {
            throw new ArgumentException($"k={acks} does not fit S={{{string.Join(",", Candidates)}}}", nameof(acks));
        }
    }

    public ImmutableSortedSet<string> Candidates { get; }
    public int Acks { get; }

    /// <summary>True when a commit is on at least one other member before it is acknowledged.</summary>
    public bool Protects => Acks > 0 && Candidates.Count > 0;
    /// <summary>|S| − k + 1: so many members of S that have stopped leave fewer than k to acknowledge. 0 when nobody can elect.</summary>
    public int ElectionQuorum => Protects ? Candidates.Count - Acks + 1 : 0;

    public bool Equals(SyncRule? other) => other is not null && Acks == other.Acks && Candidates.SetEquals(other.Candidates);
    public override bool Equals(object? obj) => Equals(obj as SyncRule);
    public override int GetHashCode() => HashCode.Combine(Acks, Candidates.Count, Candidates.IsEmpty ? null : Candidates[0]);
    public static bool operator ==(SyncRule? left, SyncRule? right) => left is null ? right is null : left.Equals(right);
    public static bool operator !=(SyncRule? left, SyncRule? right) => !(left == right);
    public override string ToString() =>
        this == None ? "none" : this == Blocked ? "blocked" : $"{Acks} of {{{string.Join(",", Candidates)}}}";
}
