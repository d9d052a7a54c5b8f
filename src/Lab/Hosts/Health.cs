using System.Diagnostics;
using Holdfast.Core.Topology;
using Holdfast.Harness.Members;

namespace Holdfast.Lab.Hosts;

/// <summary>Whether the system is as it should be, by the word of its agents.</summary>
internal sealed class Health(LabCluster cluster)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan RestartAfter = TimeSpan.FromSeconds(1);

    /// <summary>Agents that ended without our doing, as lines for people.</summary>
    public List<string> Ended { get; } = [];

    /// <summary>The member that says of itself that it is primary and serves, of the newest epoch. Null: none does.</summary>
    public async Task<MemberHost?> PrimaryAsync() => Primary(await cluster.StatusAsync());

    /// <summary>The member that leads the standbys of the passive site. Null: there is none, or nobody knows.</summary>
    public async Task<MemberHost?> LeaderAsync()
    {
        var seen = await cluster.StatusAsync();
        if (Primary(seen) is not { } primary)
        {
            return null;
        }

        var site = cluster.SiteOf(primary);
        var word = cluster.Members.Zip(seen).FirstOrDefault(pair => cluster.SiteOf(pair.First) != site && pair.Second is not null).Second;
        return cluster.Members.FirstOrDefault(member => member.Name == word?.Primary);
    }

    /// <summary>The site that writes, by the newest word; null: nobody says.</summary>
    public async Task<string?> ActiveSiteAsync() => (await cluster.StatusAsync()).Select(status => status?.Sites)
        .Where(sites => sites?.ActiveSite is not null).OrderByDescending(sites => sites!.SiteEpoch).FirstOrDefault()?.ActiveSite;

    /// <summary>
    /// Waits until all is well and stays so for a while: right after a fault nobody may have noticed it yet.
    /// </summary>
    /// <returns>The time until all was well; or, where it was not within the deadline, what status says.</returns>
    public async Task<(TimeSpan After, string? Why)> WaitAsync(TimeSpan deadline, CancellationToken stop)
    {
        var start = Stopwatch.GetTimestamp();
        var (since, who) = (0L, (string?)null);
        while (true)
        {
            await StartEndedAsync(stop);
            var now = Whole(await cluster.StatusAsync());
            if (now is null || now != who)
            {
                (since, who) = (Stopwatch.GetTimestamp(), now);
            }

            if (who is not null && Stopwatch.GetElapsedTime(since) > Settled)
            {
                return (Stopwatch.GetElapsedTime(start, since), null);
            }

            if (who is null && Stopwatch.GetElapsedTime(start) > deadline)
            {
                return (Stopwatch.GetElapsedTime(start), await WhyAsync());
            }

            await Task.Delay(Pause, stop);
        }
    }

    /// <summary>What <c>holdfast status</c> gives as the reason, in a line.</summary>
    public async Task<string> WhyAsync()
    {
        var outcome = await cluster.RunAsync("status", "--check");
        var lines = outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => line.StartsWith("holdfast", StringComparison.Ordinal) || line.Contains(": ", StringComparison.Ordinal)).TakeLast(4).ToList();
        var rules = cluster.Members.Zip(await cluster.StatusAsync())
            .Select(pair => $"{pair.First.Name} {(pair.Second is { } status ? $"{status.Rule} {status.Reason}" : "does not answer")}");
        return $"{string.Join("; ", lines)} [{string.Join("; ", rules)}]";
    }

    /// <summary>
    /// Who is primary of which epoch, where every member does its part, no host is missed, and of two sites the active one could be lost; null: not so.
    /// </summary>
    private string? Whole(SeenStatus?[] seen)
    {
        var pairs = cluster.Members.Zip(seen).ToList();
        if (!pairs.TrueForAll(pair => pair.Second is { CoordinationReachable: true, Paused: false } status && Own(pair.First, status) is { Healthy: true }) ||
            pairs.FindAll(pair => IsPrimary(pair.First, pair.Second)) is not [var (member, primary)])
        {
            return null;
        }

        var store = cluster.Topology.Store;
        var site = cluster.SiteOf(member);
        var whole = (!store.HasTwoSites || pairs.TrueForAll(pair => IsWhole(pair.Second!.Sites, site, pair.Second == primary))) &&
            (!store.IsZeroLoss || store.Group(site).Length == 1 || primary is { Mode: "zero-loss", SafeToLoseHost: true });
        return whole ? $"{member.Name} {primary!.Epoch}" : null;
    }

    private static bool IsWhole(SeenSites? sites, string active, bool writes) =>
        sites is { GlobalReachable: true, Move: null or { State: "done" or "failed" } } && sites.ActiveSite == active && (!writes || sites.SafeToLoseSite);

    private MemberHost? Primary(SeenStatus?[] seen) => cluster.Members.Zip(seen).Where(pair => IsPrimary(pair.First, pair.Second))
        .OrderByDescending(pair => pair.Second!.Sites?.SiteEpoch ?? 0).ThenByDescending(pair => pair.Second!.Epoch).Select(pair => pair.First).FirstOrDefault();

    /// <summary>A service manager starts an agent again that has ended; that it had ended is worth telling.</summary>
    private async Task StartEndedAsync(CancellationToken stop)
    {
        foreach (var host in cluster.Hosts.Where(host => host is { AgentMayBeDown: false, Member.Agent.HasExited: true }))
        {
            Ended.Add($"the agent of {host.Member!.Name} ended by itself with {host.Member.Agent.ExitCode}: {host.Member.Agent.LogTail(1)}");
            await Task.Delay(RestartAfter, stop);
            host.StartMissing();
        }
    }

    private static bool IsPrimary(MemberHost member, SeenStatus? status) => status is not null && Own(member, status) is { Role: "primary", Healthy: true };

    private static SeenMember? Own(MemberHost member, SeenStatus status) => status.Members.FirstOrDefault(one => one.Name == member.Name);
}
