using System.Collections.Concurrent;

namespace Holdfast.Sites.EndToEnd.Outcomes;

/// <summary>
/// What happens to a store when links between the sites are cut, in every combination and direction, for both isolation policies, with and
/// without the loss of the primary's host at the same moment. All cells run with HOLDFAST_WRITE=1 and HOLDFAST_OUTCOMES=all; otherwise those
/// that differ most.
/// </summary>
public sealed class OutcomeTests
{
    [SiteFact]
    [Trait("Speed", "Slow")]
    public async Task Every_cut_has_the_outcome_that_the_table_promises()
    {
        var outcomes = new ConcurrentDictionary<(Cell Cell, string Isolation), Outcome>();
        await Task.WhenAll(((string[])["fence", "continue"]).Select(isolation => RunAsync(isolation, outcomes)));

        if (OutcomeDocument.Writes)
        {
            OutcomeDocument.Write(OutcomeDocument.Table(outcomes));
            return;
        }

        foreach (var ((cell, isolation), outcome) in outcomes)
        {
            outcome.Text.ShouldBe(
                OutcomeDocument.Written(cell, isolation), $"{cell}, isolation: {isolation}; HOLDFAST_WRITE=1 ./test --only sites writes the table anew");
        }
    }

    private static async Task RunAsync(string isolation, ConcurrentDictionary<(Cell Cell, string Isolation), Outcome> outcomes)
    {
        await using var cluster = await SiteCluster.StartAsync(new SiteClusterOptions
        {
            Stores = [new SiteStoreOptions { Isolation = isolation, SiteFailover = isolation == "fence" ? "automatic" : "manual" }],
        });
        await using var watch = await OneWriterWatch.StartAsync(cluster.Stores[0]);
        var run = new CellRun(cluster, cluster.Stores[0], watch);
        foreach (var cell in Cells())
        {
            outcomes[(cell, isolation)] = await run.RunAsync(cell);
        }
    }

    private static IEnumerable<Cell> Cells()
    {
        var all = OutcomeDocument.Writes || Environment.GetEnvironmentVariable("HOLDFAST_OUTCOMES") == "all";
        foreach (var cut in CutCase.All)
        {
            var isolates = cut.Links.Length == 2 && cut.Centre == SiteRole.Active;
            if (all || cut.Way == Way.Both || isolates)
            {
                yield return new Cell(cut, HostFails: false);
            }

            if (all || (cut.Way == Way.Both && (cut.Links.Length == 0 || isolates)))
            {
                yield return new Cell(cut, HostFails: true);
            }
        }
    }
}
