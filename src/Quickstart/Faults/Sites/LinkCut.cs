using System.Collections.Immutable;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Watching;
using Holdfast.Quickstart.Writing;

namespace Holdfast.Quickstart.Faults.Sites;

/// <summary>The link between the sites goes silent for a while, under load; etcd is seen by both. Nobody may move, and no commit may wait.</summary>
internal sealed class LinkCut(TimeSpan cutFor) : SiteFault
{
    public const string Key = "link-cut";
    /// <summary>How long the writer is watched before the cut, and again when all is well, to know what is normal on this machine just now.</summary>
    private static readonly TimeSpan Normal = TimeSpan.FromSeconds(3);
    /// <summary>A share of the commits: what all but this are faster than.</summary>
    private const double Slowest = 0.01;
    /// <summary>
    /// A commit that waits for the other site waits for the end of the cut, or until the silent stream is given up after three seconds; what is
    /// below this is the machine. The figures say how much slower commits were.
    /// </summary>
    private static readonly TimeSpan Waited = TimeSpan.FromSeconds(2.5);

    public override string Name => Key;

    public override async Task<SiteStrike> StrikeAsync(SiteStage stage, SiteScene before, CancellationToken cancellationToken)
    {
        var (time, narrator) = (stage.Time, stage.Narrator);
        var normal = await WatchAsync(stage, Normal, cancellationToken);

        narrator.Say($"the link between {before.Active} and {before.Passive} goes silent, no reset, for {cutFor.TotalSeconds:0} s: " +
            "replication, heartbeats, agents' calls; both still see etcd");
        stage.Link.Cut();
        AgentSites? word;
        OutageWindow cut;
        try
        {
            cut = await WatchAsync(stage, cutFor, cancellationToken);
            word = stage.Pair.ActiveWord;
        }
        finally
        {
            stage.Link.Heal();
        }

        var healedAt = time.GetTimestamp();
        var state = word?.Link is { } link ? $"the link is {link.State}, {link.BacklogBytes ?? 0:N0} bytes wait; " : "";
        var behind = $"{before.Passive} is {word?.LagSeconds ?? double.NaN:0.0} s behind";
        narrator.Say($"the link is whole again; before that, {before.Active} said: {state}{behind}");
        return new SiteStrike(healedAt)
        {
            Problems = Strike.ProblemsOf(
                cut.Acknowledged > 0 ? null : $"no commit while the link was cut; the writer's last error: {stage.Writer.LastProblem ?? "none"}",
                word?.Link is null or { State: "queueing" } ? null : $"the link was not queueing when it was whole again, but {word.Link.State}",
                word?.LagSeconds > cutFor.TotalSeconds / 2 ? null : "not exercised: the passive site did not fall behind",
                stage.Sessions.Pair.ActiveSite == before.Active ? null
                    : $"the active site of {SitesFile.Sessions} changed, to {stage.Sessions.Pair.ActiveSite ?? "nobody"}",
                stage.Pair.ActiveSite == before.Active ? null : $"the active site changed, to {stage.Pair.ActiveSite ?? "nobody"}"),
            Inspect = async token => Compare(stage, before, normal, cut, await WatchAsync(stage, Normal, token), word),
        };
    }

    /// <summary>Watches the writer for so long.</summary>
    private static async Task<OutageWindow> WatchAsync(SiteStage stage, TimeSpan span, CancellationToken cancellationToken)
    {
        var window = stage.Writer.OpenWindow();
        await Task.Delay(span, stage.Time, cancellationToken);
        window.Close(stage.Time.GetTimestamp());
        return window;
    }

    private static SiteFindings Compare(
        SiteStage stage, SiteScene before, OutageWindow earlier, OutageWindow cut, OutageWindow later, AgentSites? word)
    {
        var normal = earlier.ExceededBy(Slowest) > later.ExceededBy(Slowest) ? earlier : later;
        var (usual, meanwhile) = (normal.ExceededBy(Slowest) ?? TimeSpan.Zero, cut.ExceededBy(Slowest) ?? TimeSpan.Zero);
        var slow = cut.LongerThan(usual * 2);
        stage.Narrator.Say(
            $"99 % of the commits came within {Ms(meanwhile)} during the cut, and within {Ms(earlier.ExceededBy(Slowest))} and " +
            $"{Ms(later.ExceededBy(Slowest))} before and after it; the slowest took {Ms(cut.Longest)}, before and after {Ms(earlier.Longest)} and " +
            $"{Ms(later.Longest)}; {slow} of {cut.Acknowledged:N0} took more than twice {Ms(usual)}");
        return new SiteFindings
        {
            Figures = new Dictionary<string, double>
            {
                ["normalP99Ms"] = usual.TotalMilliseconds,
                ["normalSlowestMs"] = Math.Max(earlier.Longest.TotalMilliseconds, later.Longest.TotalMilliseconds),
                ["cutP99Ms"] = meanwhile.TotalMilliseconds,
                ["cutSlowestMs"] = cut.Longest.TotalMilliseconds,
                ["cutCommits"] = cut.Acknowledged,
                ["cutCommitsOverTwiceP99"] = slow,
                ["backlogBytes"] = word?.Link?.BacklogBytes ?? 0,
                ["lagSeconds"] = word?.LagSeconds ?? 0,
            }.ToImmutableSortedDictionary(),
            Problems = Strike.ProblemsOf(
                cut.Longest < Waited ? null : $"a commit waited while {before.Passive} was cut off: {Ms(cut.Longest)}"),
        };
    }

    private static string Ms(TimeSpan? time) => time is { } known ? $"{known.TotalMilliseconds:0.0} ms" : "an unknown time";
}
