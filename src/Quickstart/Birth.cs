using System.Collections.Immutable;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Reporting;
using Holdfast.Quickstart.Watching;

namespace Holdfast.Quickstart;

/// <summary>Starts all agents on empty data and waits until they have made a healthy group of it, telling how far they are.</summary>
internal sealed class Birth(Place place, ImmutableArray<Host> hosts, IHealthWatch group, Narrator narrator, TimeProvider time)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private readonly Dictionary<string, string> _told = [];

    /// <exception cref="QuickstartException">An agent ends, or the group is not healthy in time.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        foreach (var host in hosts)
        {
            host.StartAgent();
        }

        narrator.Say($"{hosts.Length} agents started; they make the first data and clone them");
        var missing = await group.WaitHealthyAsync(start, Deadline, LookAround, cancellationToken);
        if (missing is not null)
        {
            throw new QuickstartException($"{Deadline.TotalSeconds:0} s after the start: {missing}; see {place.Logs}");
        }

        narrator.Say($"all members healthy after {Narrator.Seconds(time.GetElapsedTime(start))}: primary {group.Primary}");
    }

    /// <summary>Tells what is new, each thing once; fails when an agent has ended.</summary>
    private string? LookAround()
    {
        if (hosts.FirstOrDefault(host => !host.AgentRuns) is { } dead)
        {
            var log = File.Exists(dead.Place.AgentLog) ? File.ReadLines(dead.Place.AgentLog).LastOrDefault() : null;
            throw new QuickstartException($"the agent of {dead.Name} has ended; its last words in {dead.Place.AgentLog}: {log ?? "none"}");
        }

        foreach (var observation in group.Latest)
        {
            // Each agent knows best about its own member.
            if (observation.Status?.Members.FirstOrDefault(member => member.Name == observation.Member) is { } own &&
                $"{own.Name}: {own.Role}, {own.State}" is var news && _told.GetValueOrDefault(own.Name) != news)
            {
                _told[own.Name] = news;
                narrator.Say(own.ToString());
            }
        }

        return null;
    }
}
