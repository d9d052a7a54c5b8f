using System.Collections.Immutable;
using Holdfast.Cli.Client;
using Holdfast.Core.Loss;
using Holdfast.Core.Topology;
using Holdfast.Engines.Loss;

namespace Holdfast.Cli.Loss;

/// <summary>Asks the present primary, through its agent, what has become of the rows that a loss is about.</summary>
internal sealed class PresentRows(AgentClient client, StoreSpec store)
{
    private const int RowsAtOnce = 200;
    private MemberSpec? _primary;

    /// <summary>Why some of it could not be asked; empty: all was.</summary>
    public SortedSet<string> Problems { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads the list once to see which rows are wanted, then asks.</summary>
    public async Task<KnownRows> AskAsync(LossReport report, IAsyncEnumerable<LossLine> lines, CancellationToken cancellationToken)
    {
        var known = new KnownRows(report);
        LostTransaction? transaction = null;
        await foreach (var line in lines)
        {
            transaction = line.Transaction ?? transaction;
            if (line.Change is { } change)
            {
                known.Want(transaction!, change);
            }
        }

        foreach (var (table, keys) in known.Wanted.ToList())
        {
            if (await RowsAsync(report, known, table, keys, cancellationToken))
            {
                known.Complete(table);
            }
        }

        foreach (var table in known.Emptied)
        {
            var question = new RowQuestion(table.Database, table.Name, [], [], [], report.FirstNewXid, WholeTable: true);
            known.Whole(table, (await AskAsync(table, question, cancellationToken))?.AnyWrittenSince);
        }

        return known;
    }

    private async Task<bool> RowsAsync(
        LossReport report, KnownRows known, LossTable table, IReadOnlyList<ImmutableArray<string>> keys, CancellationToken cancellationToken)
    {
        var columns = table.Columns.Select(column => column.Name).ToList();
        foreach (var some in keys.Chunk(RowsAtOnce))
        {
            var question = new RowQuestion(
                table.Database, table.Name, table.Key, columns, [.. some.Select(key => (IReadOnlyList<string>)key)], report.FirstNewXid);
            if (await AskAsync(table, question, cancellationToken) is not { } answer || answer.Rows.Count != some.Length)
            {
                return false;
            }

            foreach (var (key, row) in some.Zip(answer.Rows).Where(pair => pair.Second is not null))
            {
                known.Found(table, key, new PresentRow(
                    row!.IsWrittenSince, columns.Zip(row.Values).ToImmutableDictionary(pair => pair.First, pair => pair.Second)));
            }
        }

        return true;
    }

    /// <summary>Asks the primary; which one that is, is found out by asking: only a primary answers.</summary>
    private async Task<RowAnswer?> AskAsync(LossTable table, RowQuestion question, CancellationToken cancellationToken)
    {
        var refusals = new List<string>();
        foreach (var member in store.Members.Values.OrderByDescending(member => member == _primary))
        {
            var answer = await client.CheckRowsAsync(member, question, cancellationToken);
            if (answer.Value is { } rows)
            {
                _primary = member;
                return rows;
            }

            refusals.Add($"{member.Name}: {answer.Problem}");
            if (_primary == member)
            {
                break; // It is the primary, and it cannot tell about this table.
            }
        }

        Problems.Add($"{table.Name} cannot be checked: {(_primary is null ? string.Join("; ", refusals) : refusals[0])}");
        return null;
    }
}
