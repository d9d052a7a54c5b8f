using System.Diagnostics;
using Holdfast.Core.Topology;
using Holdfast.Harness.Members;
using Holdfast.Lab.Checking;
using Holdfast.Lab.Clients;
using Holdfast.Lab.Histories;
using Holdfast.Lab.Hosts;
using Holdfast.Lab.Plans;
using Holdfast.Lab.Reporting;

namespace Holdfast.Lab.Faults;

/// <summary>Does what the plan says, puts it right, and looks what came of it.</summary>
internal sealed class Striker(
    LabCluster cluster, Health health, SiteMoves moves, Injector injector, Journal journal, Crowd crowd, List<string> timeline)
{
    private static readonly TimeSpan ReportedWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private readonly Lock _gate = new();
    private int _checked;

    /// <param name="start">When the clients began.</param>
    public async Task<(StrikeResult Result, Violation? Violation)> StrikeAsync(
        Strike strike, long start, TimeSpan healsWithin, TimeSpan writesWithin, CancellationToken stop)
    {
        await Task.Delay(strike.Calm, stop);
        var active = cluster.Topology.HasTwoSites ? await health.ActiveSiteAsync() : null;
        var struck = Stopwatch.GetTimestamp();
        var givenUp = moves.Disasters.Count;
        Note($"--- {strike.Number}: {strike.What}");
        var targets = await Task.WhenAll(
            OneAsync(strike.First, TimeSpan.Zero, stop),
            strike.Second is { } second ? OneAsync(second, strike.Offset, stop) : Task.FromResult(""));
        await injector.HealAllAsync();
        var (healthy, why) = await health.WaitAsync(healsWithin, stop);
        Note(why is null ? $"healthy after {healthy.TotalSeconds:0.00} s" : $"not healthy: {why}");
        why ??= await WritesAsync(writesWithin);
        await NoteTakeoverAsync(strike, active);
        var outage = journal.LongestGap(struck, Stopwatch.GetTimestamp());
        var (lost, reported, forbidden) = why is null ? await LostAsync(moves.Disasters.Count > givenUp, stop) : (0, 0, 0);
        var result = new StrikeResult(
            strike.Number, Stopwatch.GetElapsedTime(start, struck), strike.Sort, strike.What,
            string.Join(" + ", targets.Where(target => target.Length > 0)), outage,
            lost, reported, why is null ? healthy : null, why);
        var violation = (why, lost > reported) switch
        {
            (null, false) when forbidden > 0 => new Violation(
                Judgement.Lost,
                $"after fault {strike.Number}, {strike.What}: {forbidden} acknowledged writes that a standby had are gone, and no site was given up"),
            ({ } reason, _) => new Violation(Judgement.NotHealed, $"after fault {strike.Number}, {strike.What}: {reason}"),
            (null, true) => new Violation(
                Judgement.Lost,
                $"after fault {strike.Number}, {strike.What}: {lost - reported} acknowledged writes are gone, and no loss report names them"),
            _ => null,
        };
        return (result, violation);
    }

    /// <summary>One fault, from its making to its end.</summary>
    private async Task<string> OneAsync(Fault fault, TimeSpan offset, CancellationToken stop)
    {
        await Task.Delay(offset, stop);
        Note($"{fault} …");
        var injected = await injector.InjectAsync(fault, stop);
        Note($"{fault} is there: {injected.Target}");
        await Task.Delay(fault.Hold, stop);
        await injected.HealAsync();
        Note($"{fault} is over");
        return injected.Target;
    }

    /// <summary>Null: commits are acknowledged again.</summary>
    private async Task<string?> WritesAsync(TimeSpan deadline)
    {
        try
        {
            await crowd.GoesOnAsync(deadline);
            return null;
        }
        catch (TimeoutException fault)
        {
            return $"agents say that all is well, but within {deadline.TotalSeconds:0} s: {fault.Message}";
        }
    }

    /// <summary>The other site may have taken over by itself, which may cost what the file allows.</summary>
    private async Task NoteTakeoverAsync(Strike strike, string? before)
    {
        if (before is not null && !FaultKinds.MovesSite(strike.First.Kind) && await health.ActiveSiteAsync() is { } after && after != before)
        {
            moves.NoteTakeover(before);
        }
    }

    /// <summary>How many of the writes acknowledged since the last look the primary lacks, and how many of these a loss report names in time.</summary>
    /// <param name="isGivenUp">A site was given up since the last look, and with it what it alone had.</param>
    private async Task<(int Lost, int Reported, int Forbidden)> LostAsync(bool isGivenUp, CancellationToken stop)
    {
        var since = journal.Writes(_checked);
        _checked += since.Count;
        var acknowledged = since.Where(write => write.Outcome == Outcome.Acknowledged).Select(write => write.Id).ToList();
        var primary = await health.PrimaryAsync()
            ?? throw new InvalidOperationException("no member says any more that it is the primary, and nothing was done to it");
        var missing = await MissingAsync(primary, acknowledged);
        if (missing.Count == 0)
        {
            return (0, 0, 0);
        }

        var alone = cluster.Topology.Store.Unprotected == UnprotectedPolicy.Allow
            ? since.Where(write => !write.Protected).Select(write => write.Id).ToHashSet() : [];
        var forbidden = isGivenUp ? 0 : missing.Count(id => !alone.Contains(id));
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var reported = await LossReports.IdsAsync(cluster);
            var named = missing.Count(reported.Contains);
            if (named == missing.Count || Stopwatch.GetElapsedTime(start) > ReportedWithin)
            {
                Note($"{missing.Count} acknowledged writes are gone, {named} of them are reported");
                return (missing.Count, named, forbidden);
            }

            await Task.Delay(Pause, stop);
        }
    }

    private static async Task<IReadOnlyList<long>> MissingAsync(MemberHost primary, IEnumerable<long> ids)
    {
        var missing = await primary.AskInAsync<long[]>(
            Application.Name,
            $"select coalesce(array_agg(sent.id), '{{}}') from unnest('{{{string.Join(',', ids)}}}'::bigint[]) as sent (id) " +
            "where not exists (select from rows where rows.id = sent.id) and not exists (select from items where items.id = sent.id)");
        return missing;
    }

    private void Note(string line)
    {
        lock (_gate)
        {
            timeline.Add($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {line}");
        }
    }
}
