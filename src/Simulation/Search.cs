using System.Diagnostics;
using Holdfast.Simulation.Defects;
using Holdfast.Simulation.Oath;

namespace Holdfast.Simulation;

/// <summary>What many runs came to.</summary>
internal sealed class SearchTotals
{
    private long _runs;
    private long _failovers;
    private long _commits;
    private long _steps;
    private long _simulatedMs;
    private long _siteMoves;

    public long Runs => Interlocked.Read(ref _runs);
    public long Failovers => Interlocked.Read(ref _failovers);
    public long Commits => Interlocked.Read(ref _commits);
    /// <summary>How often another site became active.</summary>
    public long SiteMoves => Interlocked.Read(ref _siteMoves);
    public long Steps => Interlocked.Read(ref _steps);
    public TimeSpan Simulated => TimeSpan.FromMilliseconds(Interlocked.Read(ref _simulatedMs));

    public void Add(World world)
    {
        Interlocked.Increment(ref _runs);
        Interlocked.Add(ref _failovers, world.Oath.Promotions);
        Interlocked.Add(ref _commits, world.Oath.Acknowledgements);
        Interlocked.Add(ref _steps, world.Schedule.Steps);
        Interlocked.Add(ref _simulatedMs, world.Now);
        Interlocked.Add(ref _siteMoves, (world.Oath as SitesOath)?.Takings ?? 0);
    }
}

/// <summary>A seed whose run violates the oath.</summary>
internal sealed record Found(int Seed, Scenario Scenario, string Violation);

/// <summary>Runs seed after seed, on several threads.</summary>
/// <param name="worlds">Which are drawn.</param>
/// <param name="tell">Told of each run that fails, and the search goes on; null: it ends with the first.</param>
internal sealed class Search(Defect? defect = null, Worlds worlds = Worlds.Mixed, Action<Found>? tell = null)
{
    public SearchTotals Totals { get; } = new();

    /// <summary>Until the limit, or until a run violates the oath.</summary>
    /// <param name="mostRuns">At most so many seeds.</param>
    /// <returns>The failing run of the smallest seed that was found; null: none.</returns>
    public Found? Run(int firstSeed, TimeSpan limit, int jobs, int mostRuns = int.MaxValue, CancellationToken stop = default)
    {
        var watch = Stopwatch.StartNew();
        var next = (long)firstSeed - 1;
        var last = Math.Min(int.MaxValue - 1L, (long)firstSeed + mostRuns - 1);
        Found? found = null;
        var gate = new Lock();
        var threads = Enumerable.Range(0, jobs).Select(i => new Thread(Work) { Name = $"seeds-{i}", IsBackground = true }).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return found;

        void Work()
        {
            while ((tell is not null || Volatile.Read(ref found) is null) && watch.Elapsed < limit && !stop.IsCancellationRequested &&
                Interlocked.Increment(ref next) is var seed && seed <= last)
            {
                var scenario = Scenario.Of((int)seed, worlds);
                var world = new World(scenario, defect);
                var violation = world.Run();
                Totals.Add(world);
                if (violation is not null)
                {
                    lock (gate)
                    {
                        var one = new Found((int)seed, scenario, violation);
                        found = found is null || seed < found.Seed ? one : found;
                        tell?.Invoke(one);
                    }
                }
            }
        }
    }
}
