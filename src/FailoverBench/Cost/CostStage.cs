using System.Collections.Immutable;
using Holdfast.FailoverBench.Systems;
using Holdfast.Quickstart;
using Holdfast.Quickstart.Reporting;

namespace Holdfast.FailoverBench.Cost;

/// <summary>
/// What a manager costs while nothing is wrong: the same work against all systems, which are up together, in turns: another goes first in
/// each round, so that a machine that grows slower or faster favours none.
/// </summary>
internal sealed class CostStage(TimeSpan span, int rounds, Narrator narrator)
{
    private static readonly TimeSpan Warmth = TimeSpan.FromSeconds(2);

    /// <param name="systems">Up and healthy, the bare servers among them.</param>
    public async Task<ImmutableArray<CostSample>> RunAsync(ImmutableArray<DatabaseSystem> systems, CancellationToken cancellationToken)
    {
        var benches = new List<Pgbench>();
        foreach (var system in systems)
        {
            var primary = await system.PrimaryAsync(cancellationToken) ?? throw new QuickstartException($"{system.Key} has no primary");
            var bench = new Pgbench(system, primary.Place);
            await bench.PrepareAsync(cancellationToken);
            await bench.LoadAsync(Warmth, cancellationToken);
            benches.Add(bench);
        }

        var samples = ImmutableArray.CreateBuilder<CostSample>();
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var workload in Pgbench.Workloads)
            {
                foreach (var index in Enumerable.Range(round, benches.Count).Select(turn => turn % benches.Count))
                {
                    await benches[index].CheckpointAsync(cancellationToken);
                    samples.Add(await benches[index].MeasureAsync(workload, round, span, cancellationToken));
                }
            }

            narrator.Say($"cost of commits, round {round} of {rounds}: " + string.Join(", ", samples.TakeLast(benches.Count).Select(sample =>
                $"{sample.System} {sample.Rate:0} inserts/s")));
        }

        return samples.ToImmutable();
    }
}
