using System.Data.Common;
using System.Net.Sockets;
using Holdfast.FailoverBench.Clients;
using Holdfast.FailoverBench.Systems;
using Holdfast.Quickstart;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Reporting;
using Holdfast.Quickstart.Writing;

namespace Holdfast.FailoverBench.Faults;

/// <summary>Exercises one fault on one running system: waits until all is well, strikes at a random moment, waits, measures, counts.</summary>
internal sealed class FaultRound(StoreSystem system, IWriteClient writer, LossCheck losses, Narrator narrator, TimeProvider time)
{
    /// <summary>Whoever has not gone on by then is reported as not having recovered.</summary>
    public static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan HealthLimit = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan FrozenAfterMove = TimeSpan.FromSeconds(5);
    /// <summary>An answer that a server gave just before it was struck has been read by the client by then.</summary>
    private static readonly TimeSpan InFlight = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ReadDeadline = TimeSpan.FromSeconds(30);
    private const long ProbesOfARound = 1_000_000;

    /// <exception cref="QuickstartException">The system is not well beforehand.</exception>
    public async Task<FaultOutcome> RunAsync(string fault, int round, CancellationToken cancellationToken)
    {
        if (await system.WaitHealthyAsync(HealthLimit, cancellationToken) is { } ill)
        {
            throw new QuickstartException($"{system.Key} is not well before {fault}: {ill}");
        }

        await writer.ShowLifeAsync(Calm + (system.Period * Random.Shared.NextDouble()), fault, cancellationToken);
        var primary = await system.PrimaryAsync(cancellationToken) ?? throw new QuickstartException($"{system.Key} has no primary before {fault}");
        await using var former = new FormerPrimary(system.CreateProbe(primary.Place), primary.Name, time);
        if (fault == FaultKinds.Freeze)
        {
            await former.OpenAsync(time.GetTimestamp() / ProbesOfARound * ProbesOfARound, cancellationToken);
        }

        var problems = new List<string>();
        var window = writer.OpenWindow();
        var recoversFrom = time.GetTimestamp();
        var asking = Task.CompletedTask;
        var came = await StrikeAsync(fault, primary, problems, cancellationToken);
        var goesOn = came is true;
        if (fault == FaultKinds.HostCrash)
        {
            primary.StartAgent();
        }
        else if (fault == FaultKinds.Freeze)
        {
            (recoversFrom, asking) = await ThawAsync(primary, former, goesOn, cancellationToken);
        }

        var own = window.Longest;
        await system.RestoreAsync(cancellationToken);
        var missing = await system.WaitHealthyAsync(HealthLimit, cancellationToken);
        var healthyAt = time.GetTimestamp();
        // What this program does to restore servers that nobody manages is not the fault's.
        var outage = system.IsManaged ? window.Close(healthyAt) : own;
        if (missing is not null)
        {
            problems.Add($"not healthy after {HealthLimit.TotalSeconds:0} s: {await system.EvidenceAsync(cancellationToken)}");
        }

        if (came is null)
        {
            problems.Add($"the client's longest wait meanwhile was {outage.TotalSeconds:0.000} s");
        }

        await asking;
        var byFormer = goesOn ? former.Acknowledged.Count : 0;
        var lost = await CountLostAsync(former, problems, cancellationToken);
        Judge(fault, lost, byFormer, former.Member, problems);
        return Told(new FaultOutcome
        {
            System = system.Key,
            Fault = fault,
            Round = round,
            Exercised = came is not null,
            OutageSeconds = goesOn ? outage.TotalSeconds : null,
            Acknowledged = window.Acknowledged,
            Lost = lost,
            ByFormerPrimary = byFormer,
            HealthyAfterSeconds = missing is null ? time.GetElapsedTime(recoversFrom, healthyAt).TotalSeconds : null,
            Breakdown = await system.BreakdownAsync(cancellationToken),
            Problems = [.. problems],
        });
    }

    /// <summary>False: the client has not gone on within the limit. Null: the system refused what it was asked for.</summary>
    private async Task<bool?> StrikeAsync(string fault, Host primary, List<string> problems, CancellationToken cancellationToken)
    {
        try
        {
            await Striker.StrikeAsync(fault, system, primary, cancellationToken);
            var struck = time.GetTimestamp();
            await system.StruckAsync(fault, primary, cancellationToken);
            var start = time.GetTimestamp();
            while (time.GetElapsedTime(start) < RecoveryLimit)
            {
                if (writer.Latest.At is var latest && latest > struck && time.GetElapsedTime(struck, latest) > InFlight &&
                    (fault != FaultKinds.Switchover || await system.PrimaryAsync(cancellationToken) is { } now && now != primary))
                {
                    return true;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(10), time, cancellationToken);
            }

            problems.Add(
                $"the client had not gone on after {RecoveryLimit.TotalSeconds:0} s; its last error: {writer.LastProblem ?? "none"}; " +
                await system.EvidenceAsync(cancellationToken));
            return false;
        }
        catch (QuickstartException refusal) when (fault == FaultKinds.Switchover)
        {
            problems.Add($"not exercised: {refusal.Message}");
            return null;
        }
    }

    /// <summary>Lets the former primary go on and asks it to commit at once; returns when it was thawed, and the asking, which goes on.</summary>
    private async Task<(long ThawedAt, Task Asking)> ThawAsync(Host primary, FormerPrimary former, bool goesOn, CancellationToken cancellationToken)
    {
        var asking = Task.CompletedTask;
        try
        {
            await Task.Delay(FrozenAfterMove, time, cancellationToken);
            asking = goesOn ? Task.Run(() => former.AskAsync(cancellationToken), cancellationToken) : asking;
        }
        finally
        {
            primary.Thaw();
        }

        return (time.GetTimestamp(), asking);
    }

    private async Task<long?> CountLostAsync(FormerPrimary former, List<string> problems, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                var lost = await losses.CountLostAsync(read => system.ReadIdsAsync(read, cancellationToken));
                return lost +
                    (former.Acknowledged.Count == 0 ? 0 : former.Acknowledged.Count - await system.CountProbesAsync(former.Acknowledged, cancellationToken));
            }
            catch (Exception fault) when (IsOfTheStore(fault) && time.GetElapsedTime(start) > ReadDeadline)
            {
                problems.Add($"what the primary has could not be read: {fault.Message}");
                return null;
            }
            catch (Exception fault) when (IsOfTheStore(fault))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken); // tried again until the deadline
            }
        }
    }

    private static bool IsOfTheStore(Exception fault) => fault is DbException or IOException or SocketException;

    private void Judge(string fault, long? lost, long byFormer, string former, List<string> problems)
    {
        if (lost > 0 && !system.MayLose(fault))
        {
            problems.Add($"{lost} acknowledged writes are lost");
        }

        if (byFormer > 0)
        {
            problems.Add($"{former} acknowledged {byFormer} writes after its thaw, while another was primary");
        }
    }

    private FaultOutcome Told(FaultOutcome outcome)
    {
        var outage = outcome.OutageSeconds is { } seconds ? $"outage {seconds:0.000} s"
            : outcome.Exercised ? $"no write within {RecoveryLimit.TotalSeconds:0} s" : "not exercised";
        var healthy = outcome.HealthyAfterSeconds is { } after ? $"all healthy after {after:0.0} s" : "not healthy again";
        narrator.Say(
            $"{outcome.System} {outcome.Fault} {outcome.Round}: {outage}, {outcome.Acknowledged:N0} acknowledged, " +
            $"{outcome.Lost?.ToString("N0") ?? "unknown"} lost, {healthy}" +
            (outcome.Breakdown is null ? "" : $"; {outcome.Breakdown}"));
        foreach (var problem in outcome.Problems)
        {
            narrator.Complain("PROBLEM " + problem);
        }

        return outcome;
    }
}
