using System.Collections.Immutable;
using System.Globalization;
using Holdfast.FailoverBench.Cost;
using Holdfast.FailoverBench.Systems;
using Holdfast.Quickstart;
using Holdfast.Quickstart.Processes;
using Holdfast.Quickstart.Reporting;

namespace Holdfast.FailoverBench.Load;

/// <summary>
/// pgbench, and beside it processes that do nothing but compute, one for each processor unless something else loads them: a machine so busy
/// must not look like a dead one.
/// </summary>
internal sealed class LoadStage(TimeSpan span, int computing, Narrator narrator, TimeProvider time)
{
    private static readonly TimeSpan Slice = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(60);

    /// <summary>Loads one system, which is up and healthy, and counts the changes of primary; when it is interrupted, those until then.</summary>
    public async Task<LoadOutcome> RunAsync(DatabaseSystem system, CancellationToken cancellationToken)
    {
        var bench = await BenchOfAsync(system, cancellationToken);
        await bench.PrepareAsync(cancellationToken);
        var timeline = await TimelineAsync(system, cancellationToken);
        var servers = system.Hosts.ToDictionary(host => host.Name, host => host.Server);
        var problems = new List<string>();
        var burners = Enumerable.Range(0, computing).Select(_ => Burn(system)).ToArray();
        var start = time.GetTimestamp();
        try
        {
            while (time.GetElapsedTime(start) is var past && past < span)
            {
                var slice = span - past < Slice ? span - past : Slice;
                try
                {
                    // At least a second: pgbench counts in whole ones.
                    await bench.LoadAsync(slice < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : slice, cancellationToken);
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    break;
                }
                catch (QuickstartException fault)
                {
                    problems.Add(fault.Message);
                    bench = await BenchOfAsync(system, cancellationToken);
                }

                narrator.Say(
                    $"{system.Key}: {time.GetElapsedTime(start).TotalMinutes:0.0} of {span.TotalMinutes:0} minutes under load, " +
                    $"load average {LoadAverage():0.0}");
            }
        }
        finally
        {
            foreach (var burner in burners)
            {
                Signals.Send(burner.Identity, Signal.Kill);
                burner.Dispose();
            }
        }

        var (average, spent) = (LoadAverage(), time.GetElapsedTime(start).TotalMinutes);
        using var end = new CancellationTokenSource(Settle * 2, time);
        if (await system.WaitHealthyAsync(Settle, end.Token) is { } missing)
        {
            problems.Add($"not well {Settle.TotalSeconds:0} s after the load: {missing}");
        }

        // A promotion begins a timeline, and nothing else does.
        var changes = await TimelineAsync(system, end.Token) - timeline;
        var restarts = system.Hosts.Count(host => host.Server != servers[host.Name]);
        return new LoadOutcome(system.Key, spent, computing, changes, restarts, average, [.. problems]);
    }

    private static Detached Burn(DatabaseSystem system)
    {
        var burner = Detached.Start(Path.Combine(system.Place.Logs, "burner.log"), "/bin/sh", "-c", "while :; do :; done");
        new ProcessLedger(system.Place.Folder).Add(Quickstart.Hosts.Host.LedgerPrefix + "burner", burner.Identity);
        return burner;
    }

    private static async Task<Pgbench> BenchOfAsync(DatabaseSystem system, CancellationToken cancellationToken)
    {
        if (await system.WaitHealthyAsync(Settle, cancellationToken) is { } missing)
        {
            throw new QuickstartException($"{system.Key} is not well under load: {missing}");
        }

        var primary = await system.PrimaryAsync(cancellationToken) ?? throw new QuickstartException($"{system.Key} has no primary");
        return new Pgbench(system, primary.Place);
    }

    private static async Task<long> TimelineAsync(DatabaseSystem system, CancellationToken cancellationToken) =>
        (await system.FactsAsync([], cancellationToken)).Max(fact => fact.Value.Timeline);

    public static double LoadAverage() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
}
