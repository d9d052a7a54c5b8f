using System.Collections.Immutable;
using Holdfast.Verification.Relations;
using Holdfast.Verification.Results;

namespace Holdfast.Verification.Running;

/// <summary>What the jobs have counted and found so far. Safe to use from all of them.</summary>
internal sealed class Tally(int listed)
{
    private readonly Lock _gate = new();
    private readonly List<Difference> _differences = [];
    private readonly HashSet<(string Member, string Database, string? Table, string? Key)> _known = [];
    private readonly HashSet<string> _undecided = new(StringComparer.Ordinal);
    private Counts _counts = new();

    public Counts Counts
    {
        get
        {
            lock (_gate)
            {
                return _counts;
            }
        }
    }

    public ImmutableArray<Difference> Differences
    {
        get
        {
            lock (_gate)
            {
                return [.. _differences];
            }
        }
    }

    public ImmutableArray<string> Undecided
    {
        get
        {
            lock (_gate)
            {
                return [.. _undecided];
            }
        }
    }

    public void Restore(VerifyState state)
    {
        lock (_gate)
        {
            _counts = state.Counts;
            _differences.AddRange(state.Differences);
            _known.UnionWith(state.Differences.Select(Identity));
            _undecided.UnionWith(state.Undecided);
        }
    }

    public void Count(Func<Counts, Counts> change)
    {
        lock (_gate)
        {
            _counts = change(_counts);
        }
    }

    /// <summary>Adds a difference once, even when two chunks come to it; false: it was known.</summary>
    public bool Add(Difference difference)
    {
        lock (_gate)
        {
            if (!_known.Add(Identity(difference)))
            {
                return false;
            }

            _counts = _counts with { Differences = _counts.Differences + 1 };
            if (_differences.Count < listed)
            {
                _differences.Add(difference);
            }

            return true;
        }
    }

    public void Undecide(string what)
    {
        lock (_gate)
        {
            _undecided.Add(what);
        }
    }

    private static (string, string, string?, string?) Identity(Difference difference) =>
        (difference.Member, difference.Database, difference.Table, difference.Key);
}

/// <summary>Running totals; see <see cref="VerifyResult"/> for what each means.</summary>
public sealed record Counts
{
    public int Databases { get; init; }
    public int Tables { get; init; }
    public int Sequences { get; init; }
    public long Rows { get; init; }
    public long Keys { get; init; }
    public long Bytes { get; init; }
    public long Chunks { get; init; }
    public long Rechecked { get; init; }
    public long RowsSettled { get; init; }
    public long Differences { get; init; }

    /// <summary>With one more chunk of a relation.</summary>
    internal Counts With(Relation relation, long rows) => relation.Kind == RelationKind.Keys
        ? this with { Chunks = Chunks + 1, Keys = Keys + rows }
        : this with { Chunks = Chunks + 1, Rows = Rows + rows };
}
