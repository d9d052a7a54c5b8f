using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Probe;
using Holdfast.Agent.Api.Sites;
using Holdfast.Core.Planning.Measured;
using Holdfast.Core.Planning.Quantities;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Planning.Probing;

/// <summary>From what agents answer to what a plan is made from.</summary>
internal static class AgentWords
{
    private static readonly string[] FromPauseToService = ["stop", "catch-up", "take", "promote"];
    private static readonly string[] FromRequestToService = ["check", "fence", "take", "promote"];

    public static Times Of(Spread milliseconds) => new(
        TimeSpan.FromMilliseconds(milliseconds.Median), TimeSpan.FromMilliseconds(milliseconds.P95), TimeSpan.FromMilliseconds(milliseconds.Max),
        milliseconds.Samples);

    public static MeasuredServer Of(string member, ServerFacts server) => new(
        member, new ByteCount(server.SizeBytes), new ByteRate(server.LogBytesPerSecond), server.CommitsPerSecond,
        TimeSpan.FromSeconds(server.AverageSeconds), new ByteRate(server.RecentLogBytesPerSecond), server.Connections);

    public static MeasuredLag Of(StoreSpec store, StandbyLag lag) => new(
        lag.Member, store.Members.TryGetValue(lag.Member, out var member) ? member.Site : "", lag.Flush is { } flush ? Of(flush) : null,
        lag.Replay is { } replay ? Of(replay) : null, new ByteCount(lag.Bytes.Max));

    public static MeasuredLink Of(MemberSpec from, MemberSpec to, LinkProbe probe) => new(
        from.Site, to.Site, $"{from.Name} to {to.Name}", Of(probe.RoundTrip), new ByteRate(probe.BytesPerSecond), new ByteCount(probe.Bytes));

    /// <summary>
    /// Null: it was no outage, or not all of it was measured. A forced change counts neither: how long it took is how long somebody thought about it.
    /// </summary>
    public static PastOutage? Of(HistoryEntry entry) => entry is { Kind: "failover" or "switchover", FirstCommitMs: { } took }
        ? new PastOutage(BetweenSites: false, Asked: entry.Kind == "switchover", TimeSpan.FromMilliseconds(took))
        {
            Parts = ChangeParts.Of(entry.DetectedMs, entry.ElectedMs, entry.PromotedMs),
        }
        : null;

    /// <summary>Null: it was given up, or is still on its way.</summary>
    public static PastOutage? Of(SiteMoveStatus move)
    {
        if (move.State != "done")
        {
            return null;
        }

        var failed = move.Kind == "failover";
        var steps = failed ? FromRequestToService : FromPauseToService;
        var took = move.Steps.Where(step => steps.Contains(step.Step, StringComparer.Ordinal)).Sum(step => step.TookMs ?? 0);
        return new PastOutage(BetweenSites: true, Asked: !failed, TimeSpan.FromMilliseconds(took));
    }
}
