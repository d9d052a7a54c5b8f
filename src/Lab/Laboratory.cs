using System.Collections.Immutable;
using System.Diagnostics;
using Holdfast.Core.Topology;
using Holdfast.Lab.Checking;
using Holdfast.Lab.Clients;
using Holdfast.Lab.Faults;
using Holdfast.Lab.Histories;
using Holdfast.Lab.Hosts;
using Holdfast.Lab.Layout;
using Holdfast.Lab.Plans;
using Holdfast.Lab.Reporting;

namespace Holdfast.Lab;

/// <summary>The course of a run: the system comes up, strikes follow each other, everything is judged.</summary>
internal sealed class Laboratory(LabOptions options, LabFile file, FaultPlan plan, string folder, TextWriter output) : IAsyncDisposable
{
    private static readonly TimeSpan ComesUpWithin = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan WritesWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ReceivedWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Lateness = TimeSpan.FromSeconds(4);
    private readonly Journal _journal = new();
    private readonly List<StrikeResult> _results = [];
    private readonly List<string> _timeline = [];
    private readonly List<Violation> _violations = [];
    private LabCluster? _cluster;

    /// <summary>Two sites have more to do after a fault: a log to catch up with, a site to copy anew.</summary>
    private TimeSpan HealsWithin => file.Topology.HasTwoSites ? TimeSpan.FromSeconds(240) : TimeSpan.FromSeconds(120);

    /// <returns>Nothing was violated.</returns>
    public async Task<bool> RunAsync(CancellationToken stop)
    {
        var topology = file.Topology;
        await output.WriteLineAsync(
            $"seed {options.Seed}, {options.Shown}: {topology.Members.Length} members, " +
            $"{topology.Etcd.Length} etcd servers, {topology.Store.Sites.Length} site(s)");
        _cluster = await LabCluster.StartAsync(file, folder);
        var health = new Health(_cluster);
        var moves = new SiteMoves(_cluster, health);
        var final = (History?)null;
        if ((await health.WaitAsync(ComesUpWithin, stop)).Why is { } why)
        {
            _violations.Add(new Violation(Judgement.NotHealed, $"the system does not come up: {why}"));
        }
        else
        {
            try
            {
                var primary = await health.PrimaryAsync() ?? throw new InvalidOperationException("the primary is gone, and nothing was done to it");
                await _cluster.Application.CreateAsync(primary, options.Planted);
                await Application.ListableAsync(primary, topology.HasTwoSites);
                await using var crowd = await Crowd.StartAsync(_cluster.Members, _cluster.Gate.DoorFor(primary), _journal, options.Seed);
                var injector = new Injector(_cluster, health, moves);
                await StrikeAsync(health, moves, injector, crowd, stop);
                await crowd.StopAsync();
                if (_cluster.Gate.Process.HasExited)
                {
                    _violations.Add(new Violation(Judgement.NotHealed, $"the gate ended by itself: {_cluster.Gate.Process.LogTail()}"));
                }

                final = await FinalAsync(health, moves.Disasters, injector.Killed);
            }
            catch (Exception fault) when (!stop.IsCancellationRequested)
            {
                // Whatever it is, what is there has to be kept to be looked at.
                _violations.Add(new Violation(Judgement.Unjudged, $"after {_results.Count} faults: {fault}"));
            }
        }

        if (final is null && _violations.Count == 0)
        {
            _violations.Add(new Violation(Judgement.Unjudged, $"after {_results.Count} faults nobody says that it is the primary: nothing can be judged"));
        }

        var verdict = final is null ? new Verdict([], 0, 0, 0, 0) : Checker.Judge(final);
        return await TellAsync(verdict with { Violations = [.. _violations, .. verdict.Violations] }, final, health.Ended);
    }

    public ValueTask DisposeAsync() => _cluster?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task StrikeAsync(Health health, SiteMoves moves, Injector injector, Crowd crowd, CancellationToken stop)
    {
        var striker = new Striker(_cluster!, health, moves, injector, _journal, crowd, _timeline);
        var start = Stopwatch.GetTimestamp();
        for (var number = 1; number <= options.Faults && Stopwatch.GetElapsedTime(start) < options.Limit; number++)
        {
            var (result, violation) = await striker.StrikeAsync(plan[number], start, HealsWithin, WritesWithin, stop);
            _results.Add(result);
            await output.WriteLineAsync(result.ToString());
            if (violation is not null)
            {
                _violations.Add(violation);
                return;
            }
        }
    }

    /// <summary>Everything that is judged; null where no primary is there to be asked.</summary>
    private async Task<History?> FinalAsync(Health health, IEnumerable<Disaster> disasters, IEnumerable<Killed> killed)
    {
        if (await health.PrimaryAsync() is not { } primary)
        {
            return null;
        }

        var content = await Application.ContentAsync(primary);
        var others = ImmutableSortedDictionary<string, Content>.Empty;
        // A system that did not heal has members that cannot agree; that it did not heal has been said.
        foreach (var member in _violations.Count > 0 ? [] : _cluster!.Members.Where(member => member != primary))
        {
            others = others.Add(member.Name, await ReceivedAsync(primary, member));
        }

        return new History
        {
            Writes = [.. _journal.Writes()],
            Reads = [.. _journal.Reads()],
            Final = content,
            Others = others,
            Reported = await LossReports.IdsAsync(_cluster!),
            Disasters = [.. disasters],
            Killed = [.. killed],
            Epochs = await Epochs.OfAsync(_cluster!),
            StaleLimits = StaleLimits(file.Topology.Store, file.System.Coordination.RequestTimeout),
            UnprotectedMayBeLost = file.Topology.Store.Unprotected == Core.Topology.UnprotectedPolicy.Allow,
        };
    }

    /// <summary>What docs/decisions/0016 says of a gate, and R5 of a member; and as much again as a busy machine may be late.</summary>
    private static (TimeSpan Member, TimeSpan Gate) StaleLimits(StoreSpec store, TimeSpan requestTimeout) => (
        store.Timing.StaleReadLimit + Lateness, store.Gate.CutOff + TimeSpan.FromSeconds(2) + requestTimeout + Lateness);

    /// <summary>What a standby has once it has replayed all that the primary had; what it has after a while where it does not come to that.</summary>
    private static async Task<Content> ReceivedAsync(Harness.Members.MemberHost primary, Harness.Members.MemberHost member)
    {
        var position = await primary.AskAsync<string>("select pg_current_wal_insert_lsn()::text");
        var start = Stopwatch.GetTimestamp();
        while (!await member.AskAsync<bool>($"select coalesce(pg_last_wal_replay_lsn() >= '{position}', false)") &&
            Stopwatch.GetElapsedTime(start) < ReceivedWithin)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }

        return await Application.ContentAsync(member);
    }

    private async Task<bool> TellAsync(Verdict verdict, History? final, IReadOnlyList<string> notes)
    {
        await output.WriteLineAsync();
        foreach (var line in SortSummary.Of(_results))
        {
            await output.WriteLineAsync(line.ToString());
        }

        await output.WriteLineAsync(
            $"{_results.Count} faults, {verdict.Acknowledged} writes acknowledged, {verdict.Lost} lost, {verdict.Reported} of them reported; " +
            $"{verdict.StaleReads} reads answered by a replaced primary");
        foreach (var note in notes)
        {
            await output.WriteLineAsync($"note: {note}");
        }

        if (options.Json is { } path)
        {
            await File.WriteAllTextAsync(path, JsonReport.Of(options, _results, verdict, final, notes));
        }

        if (verdict.Violations.IsEmpty)
        {
            await output.WriteLineAsync("nothing was violated");
            return true;
        }

        foreach (var violation in verdict.Violations)
        {
            await output.WriteLineAsync($"VIOLATED {violation}");
        }

        var evidence = await Evidence.KeepAsync(_cluster!, _journal, options, _results, verdict, _timeline);
        await output.WriteLineAsync($"again: {options.Again(_results.Count)}");
        await output.WriteLineAsync($"evidence: {evidence}");
        return false;
    }
}
