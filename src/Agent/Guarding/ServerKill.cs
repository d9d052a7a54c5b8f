using System.Collections.Immutable;
using System.Diagnostics;

namespace Holdfast.Agent.Guarding;

/// <param name="Executable">The program of the main process, noted while it lived; null: it could not be seen.</param>
internal sealed record ServerTarget(int Pid, ulong StartTime, string? Executable);

/// <param name="Killed">Pids that were sent SIGKILL.</param>
/// <param name="Remaining">Pids that had not ended when the time was up.</param>
internal sealed record KillReport(ImmutableArray<int> Killed, ImmutableArray<int> Remaining)
{
    public bool Complete => Remaining.IsEmpty;
}

/// <summary>
/// Kills a server whole. The main process first, so that it starts no more; then every process whose parent it was, and every process
/// of the same program that works in the data directory (a server's children that had lost their parent before). Anything else
/// that happens to stand in that directory, such as somebody's shell, is left alone.
/// </summary>
internal sealed class ServerKill(string dataDirectory)
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(5);

    /// <summary>Returns when nothing of the server is left, or after <paramref name="limit"/>.</summary>
    public KillReport Run(ServerTarget target, TimeSpan limit)
    {
        var begun = Stopwatch.GetTimestamp();
        var data = Posix.RealPath(dataDirectory); // Now, for it may not have existed, or been another one, when this guard started.
        var killed = ImmutableArray.CreateBuilder<int>();
        var seen = new HashSet<(int, ulong)>();
        var victims = Find(target, data, seen);
        while (true)
        {
            foreach (var victim in victims)
            {
                if (seen.Add((victim.Pid, victim.StartTime)))
                {
                    killed.Add(victim.Pid);
                }

                Kill(victim);
            }

            victims = Find(target, data, seen);
            if (victims.Count == 0 || Stopwatch.GetElapsedTime(begun) > limit)
            {
                return new KillReport(killed.ToImmutable(), [.. victims.Select(victim => victim.Pid)]);
            }

            using var pause = new ManualResetEventSlim();
            pause.Wait(Again);
        }
    }

    /// <summary>The main process first. Those seen before count as long as they live, for their parent is gone.</summary>
    private static List<ProcessFacts> Find(ServerTarget target, string data, HashSet<(int, ulong)> seen) =>
    [
        .. from facts in ProcessFacts.All()
           where !facts.Ended && facts.Pid != Environment.ProcessId
           let isMain = facts.Pid == target.Pid && facts.StartTime == target.StartTime
           where isMain || seen.Contains((facts.Pid, facts.StartTime)) || IsChild(facts, target) || IsStray(facts.Pid, target, data)
           orderby isMain descending
           select facts,
    ];

    private static bool IsChild(ProcessFacts facts, ServerTarget target) =>
        facts.ParentPid == target.Pid && facts.StartTime >= target.StartTime && ProcessFacts.Of(target.Pid)?.StartTime == target.StartTime;

    private static bool IsStray(int pid, ServerTarget target, string data) =>
        target.Executable is not null && ProcessFacts.WorkingDirectory(pid) == data && ProcessFacts.Executable(pid) == target.Executable;

    /// <summary>What cannot be killed stays in the report as remaining.</summary>
    private static void Kill(ProcessFacts victim)
    {
        using var process = Posix.OpenProcess(victim.Pid);

        // The handle is taken before the look: what was looked at is what is killed.
        if (process is not null && ProcessFacts.Of(victim.Pid)?.StartTime == victim.StartTime)
        {
            Posix.Kill(process);
        }
    }
}
