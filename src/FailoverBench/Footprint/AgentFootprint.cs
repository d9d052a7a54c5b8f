using System.Globalization;
using Holdfast.FailoverBench.Faults;
using Holdfast.FailoverBench.Systems;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Processes;

namespace Holdfast.FailoverBench.Footprint;

/// <summary>What a manager takes on each host while nothing happens: all its processes there, and none of the server's.</summary>
/// <param name="CpuPercent">Of one processor; of the host that took most.</param>
/// <param name="ResidentMebibytes">Sum over its processes; of the host that took most. Pages that they share count for each.</param>
/// <param name="ProportionalMebibytes">The same with shared pages divided among those that share them.</param>
/// <param name="Processes">On that host.</param>
internal sealed record AgentFootprint(string System, double CpuPercent, double ResidentMebibytes, double ProportionalMebibytes, int Processes)
{
    /// <summary>Linux counts processor time in hundredths of a second.</summary>
    private const double TicksPerSecond = 100;
    private const double KibibytesPerMebibyte = 1024;
    /// <summary>What a start leaves to be done is over by then.</summary>
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(15);

    /// <summary>Looks for so long; nobody else must be at the system meanwhile.</summary>
    public static async Task<AgentFootprint> MeasureAsync(
        StoreSystem system, TimeSpan span, TimeProvider time, CancellationToken cancellationToken)
    {
        await Task.Delay(Calm, time, cancellationToken);
        var before = system.Hosts.ToDictionary(host => host.Name, host => Look(system, host));
        var start = time.GetTimestamp();
        await Task.Delay(span, time, cancellationToken);
        var seconds = time.GetElapsedTime(start).TotalSeconds;
        var hosts = system.Hosts.Select(host => Look(system, host)).ToArray();
        return new AgentFootprint(
            system.Key,
            hosts.Max(host => (Ticks(host, before[host.Name]) / TicksPerSecond / seconds) * 100),
            hosts.Max(host => host.Resident / KibibytesPerMebibyte),
            hosts.Max(host => host.Proportional / KibibytesPerMebibyte),
            hosts.Max(host => host.Spent.Count));
    }

    /// <summary>A process that was not there before has spent all of its time since; one that has ended counts by its parent, who was told.</summary>
    private static double Ticks(HostLook now, HostLook before) =>
        now.Spent.Sum(process => process.Value - before.Spent.GetValueOrDefault(process.Key));

    private static HostLook Look(StoreSystem system, Host host)
    {
        var server = Striker.ServerProcesses(system, host).ToHashSet();
        var spent = new Dictionary<ProcessIdentity, double>();
        double resident = 0, proportional = 0;
        foreach (var process in host.Processes().Where(process => !server.Contains(process)))
        {
            try
            {
                var stat = File.ReadAllText($"/proc/{process.Pid}/stat");
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                // utime, stime, and those of children that have ended and been waited for
                spent[process] = fields[11..15].Sum(field => double.Parse(field, CultureInfo.InvariantCulture));
                var memory = File.ReadAllLines($"/proc/{process.Pid}/smaps_rollup");
                resident += Kibibytes(memory, "Rss:");
                proportional += Kibibytes(memory, "Pss:");
            }
            catch (IOException)
            {
                continue; // it has ended meanwhile
            }
        }

        return new HostLook(host.Name, spent, resident, proportional);
    }

    private static double Kibibytes(string[] lines, string name) =>
        lines.Where(line => line.StartsWith(name, StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));

    private sealed record HostLook(string Name, Dictionary<ProcessIdentity, double> Spent, double Resident, double Proportional);
}
