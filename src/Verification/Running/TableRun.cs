using System.Collections.Immutable;
using Holdfast.Verification.Chunks;
using Holdfast.Verification.Relations;
using Holdfast.Verification.Results;

namespace Holdfast.Verification.Running;

/// <summary>One table while it is compared: which chunks there are, which are done, and what is kept for its end.</summary>
internal sealed class TableRun
{
    private readonly Lock _gate = new();
    private readonly NumberSet _done;
    private readonly HashSet<LoneRow> _lone;
    private long _differences;
    private long _walked;

    public TableRun(ImmutableArray<Side> sides, TableRef table, Relation relation, long pagesPerChunk, TableState? before)
    {
        (Sides, Table, Relation, PagesPerChunk) = (sides, table, relation, pagesPerChunk);
        // A table that has been rewritten or redefined since begins again; one that has grown has one more chunk, open at its end.
        var usable = before is not null && before.Definition == relation.Definition && before.File == relation.File &&
            (before.Complete || (before.PagesPerChunk == pagesPerChunk && pagesPerChunk > 0));
        Pages = usable ? before!.Pages : relation.Pages;
        IsComplete = usable && before!.Complete;
        _done = usable ? NumberSet.Parse(before!.Done) : new NumberSet();
        _lone = usable ? [.. before!.Lone] : [];
        _differences = usable ? before!.Differences : 0;
    }

    /// <summary>The members that have the table, the reference first.</summary>
    public ImmutableArray<Side> Sides { get; }
    public TableRef Table { get; }
    public Relation Relation { get; }
    public long Pages { get; }
    /// <summary>0: chunks are not blocks.</summary>
    public long PagesPerChunk { get; }
    public bool IsComplete { get; private set; }
    /// <summary>False: it is no table but a store's keys.</summary>
    public bool IsTable => Relation.Kind != RelationKind.Keys;
    /// <summary>For people: database and name.</summary>
    public string Title => $"{Table.Database}: {Relation.Name}";
    public string Id => $"{Table.Database}/{Relation.Name.Schema}/{Relation.Name.Name}";
    public long BytesPerPage => Relation.Bytes / Math.Max(1, Relation.Pages);

    /// <summary>Chunks by blocks: whole ones, and a last one that is open at its end, for rows that come meanwhile.</summary>
    public int BlockChunks => (int)((Pages + PagesPerChunk - 1) / PagesPerChunk) + 1;

    public ChunkRange BlockRange(int number)
    {
        var from = number * PagesPerChunk;
        return number == BlockChunks - 1 ? ChunkRange.Blocks(Math.Min(from, Pages), null) : ChunkRange.Blocks(from, Math.Min(from + PagesPerChunk, Pages));
    }

    public ImmutableArray<LoneRow> Lone
    {
        get
        {
            lock (_gate)
            {
                return [.. _lone];
            }
        }
    }

    public long Differences
    {
        get
        {
            lock (_gate)
            {
                return _differences + _lone.Count;
            }
        }
    }

    public bool IsDone(int chunk)
    {
        lock (_gate)
        {
            return _done.Contains(chunk);
        }
    }

    /// <summary>Marks a chunk; true when it was the last of them.</summary>
    public bool Finish(int chunk)
    {
        lock (_gate)
        {
            _done.Add(chunk);
            return _done.Count == BlockChunks;
        }
    }

    public void Complete() => IsComplete = true;

    /// <summary>Bytes of what is compared so far of a table that is not cut by blocks; they count for good when it is complete.</summary>
    public long WalkedBytes => IsComplete ? 0 : Math.Min(Relation.Bytes, Interlocked.Read(ref _walked));

    public void Begin() => Interlocked.Exchange(ref _walked, 0);

    public void Walked(long bytes) => Interlocked.Add(ref _walked, bytes);

    public void AddDifference()
    {
        lock (_gate)
        {
            _differences++;
        }
    }

    public void AddLone(IEnumerable<LoneRow> rows)
    {
        lock (_gate)
        {
            _lone.UnionWith(rows);
        }
    }

    public TableState State()
    {
        lock (_gate)
        {
            return new TableState(
                Relation.Definition, Relation.File, Pages, PagesPerChunk, _done.ToString(), IsComplete, IsComplete ? [] : [.. _lone], _differences);
        }
    }
}
