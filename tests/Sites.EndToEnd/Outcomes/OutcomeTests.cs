using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;

namespace Holdfast.Sites.EndToEnd.Outcomes;

/// <summary>
/// What happens to a store when links between the sites are cut, in every combination and direction, for both isolation policies, with and
/// without the loss of the primary's host at the same moment. HOLDFAST_OUTCOMES=all runs every cell, missing those of which the document
/// tells nothing yet, another value those whose name contains it, and none those that differ most. HOLDFAST_WRITE=1 writes what was seen into
/// the document instead of comparing it.
/// </summary>
public sealed class OutcomeTests(ITestOutputHelper output)
{
    private static string? Wanted => Environment.GetEnvironmentVariable("HOLDFAST_OUTCOMES");

    /// <summary>The cells of every run: each kind of outcome once.</summary>
    private static readonly ImmutableHashSet<string> Telling =
    [
        "`fence`: A–B", "`fence`: A–B and A–W", "`fence`: A–B, A–W and B–W", "`continue`: A–B and A–W", "`continue`, primary's host lost: A–B and A–W",
        "`fence`, primary's host lost: A–B",
    ];

    [SiteFact]
    [Trait("Speed", "Slow")]
    public async Task Every_cut_has_the_outcome_that_the_table_promises()
    {
        var (outcomes, problems) = (new ConcurrentDictionary<Cell, Outcome>(), new ConcurrentQueue<string>());
        var cells = Column.All.SelectMany(column => CutCase.All.Select(cut => new Cell(cut, column))).Where(IsWanted).ToList();
        await Task.WhenAll(cells.GroupBy(cell => (cell.Column.Isolation, cell.Column.Coordination)).Select(group => RunAsync([.. group], outcomes, problems)));

        if (!OutcomeDocument.Writes)
        {
            foreach (var (cell, outcome) in outcomes.Where(pair => OutcomeDocument.Written(pair.Key) != pair.Value.Text))
            {
                problems.Enqueue($"{cell}: the outcome is '{outcome}', and docs/OPERATIONS.md has '{OutcomeDocument.Written(cell)}'; " +
                    "HOLDFAST_WRITE=1 ./test --only sites writes it anew");
            }
        }

        problems.ShouldBeEmpty();
    }

    private static bool IsWanted(Cell cell) => Wanted switch
    {
        null or "" => Telling.Contains($"{cell}"),
        "all" => true,
        "missing" => OutcomeDocument.Written(cell) is null or OutcomeDocument.NotRun,
        var part => $"{cell}".Contains(part, StringComparison.Ordinal),
    };

    private async Task RunAsync(ImmutableArray<Cell> cells, ConcurrentDictionary<Cell, Outcome> outcomes, ConcurrentQueue<string> problems)
    {
        // What has gone wrong in one cell must not spoil the next: that gets a cluster of its own.
        for (var next = 0; next < cells.Length;)
        {
            await using var cluster = await SiteCluster.StartAsync(CellRun.Options(cells[next].Column));
            await using var watch = await OneWriterWatch.StartAsync(cluster.Stores[0]);
            var run = new CellRun(cluster, cluster.Stores[0], watch);
            for (var whole = true; whole && next < cells.Length; next++)
            {
                var (cell, start) = (cells[next], Stopwatch.GetTimestamp());
                try
                {
                    outcomes[cell] = await run.RunAsync(cell);
                    if (OutcomeDocument.Writes)
                    {
                        OutcomeDocument.Write(outcomes);
                    }
                }
                catch (Exception exception) when (exception is (not OperationCanceledException) or TaskCanceledException { InnerException: TimeoutException })
                {
                    whole = false;
                    problems.Enqueue($"{cell}: {cluster.Fail(exception.Message)}");
                }

                output.WriteLine($"{cell}: {(whole ? outcomes[cell].Text : "FAILED")}; {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s; {run.Told}");
            }
        }
    }
}
