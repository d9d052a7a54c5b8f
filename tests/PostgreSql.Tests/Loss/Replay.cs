using System.Collections.Immutable;
using Holdfast.Core.Loss;
using Holdfast.Engines;
using Holdfast.Engines.Loss;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Loss;

/// <summary>Asks the new primary about each lost row, and does again by psql what can be done again.</summary>
internal sealed class Replay
{
    private const string Psql = "/usr/lib/postgresql/15/bin/psql";
    private readonly List<string> _script = [];

    public List<(LostChange Change, RowFate Fate)> Fates { get; } = [];
    public string Script => string.Join('\n', _script) + "\n";

    public static async Task<Replay> PrepareAsync(
        Disaster disaster, LossReport report, List<(LostTransaction Transaction, List<LostChange> Changes)> lost)
    {
        var known = new KnownRows(report);
        foreach (var (transaction, changes) in lost)
        {
            changes.ForEach(change => known.Want(transaction, change));
        }

        foreach (var (table, keys) in known.Wanted)
        {
            var columns = table.Columns.Select(column => column.Name).ToList();
            RowAnswer answer;
            try
            {
                answer = await disaster.New.CheckRowsAsync(
                    new RowQuestion(
                        table.Database, table.Name, table.Key, columns, [.. keys.Select(key => (IReadOnlyList<string>)key)], report.FirstNewXid),
                    disaster.Group.Token);
            }
            catch (EngineException exception)
            {
                exception.Message.ShouldContain("there is no table");
                continue;
            }

            foreach (var (key, row) in keys.Zip(answer.Rows).Where(pair => pair.Second is not null))
            {
                known.Found(table, key, new PresentRow(
                    row!.IsWrittenSince, columns.Zip(row.Values).ToImmutableDictionary(pair => pair.First, pair => pair.Second)));
            }

            known.Complete(table);
        }

        foreach (var table in known.Emptied)
        {
            var answer = await disaster.New.CheckRowsAsync(
                new RowQuestion(table.Database, table.Name, [], [], [], report.FirstNewXid, WholeTable: true), disaster.Group.Token);
            known.Whole(table, answer.AnyWrittenSince);
        }

        var replay = new Replay();
        var tracker = new FateTracker(report, known, Fingerprint.Of);
        var script = new ReplayScript(report);
        replay._script.AddRange(script.Head());
        foreach (var (transaction, changes) in lost)
        {
            replay._script.AddRange(script.Begin(transaction));
            foreach (var change in changes)
            {
                var fate = tracker.Next(transaction, change);
                replay.Fates.Add((change, fate));
                replay._script.AddRange(script.Change(transaction, change, fate));
            }
        }

        replay._script.AddRange(script.End());
        return replay;
    }

    public async Task RunAsync(TestGroup group)
    {
        var file = Path.Combine(group.Root, "replay.sql");
        await File.WriteAllTextAsync(file, Script, group.Token);
        await TestGroup.RunAsync(
            Psql, "-X", "-q", "-h", "127.0.0.1", "-p", group.Spec("b").Address.Port.ToString(), "-U", "postgres", "-d", "postgres", "-f", file);
    }
}
