using System.Diagnostics;
using Holdfast.Harness.Members;

namespace Holdfast.Sites.EndToEnd.Moves;

/// <summary>A short cut between the sites that the witness does not notice.</summary>
public sealed class FlapTests(MovingCluster moving, ITestOutputHelper output) : IClassFixture<MovingCluster>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Cut = TimeSpan.FromSeconds(20);

    [SiteFact]
    [Trait("Speed", "Slow")]
    public async Task A_short_cut_moves_nobody_and_is_made_up_for()
    {
        await moving.ReadyAsync();
        var (active, passive) = await moving.SitesAsync();
        var primary = await moving.LeaderAsync(active);
        var epoch = (await primary.StatusAsync())!.Sites!.SiteEpoch;
        await using var watch = await OneWriterWatch.StartAsync(moving.Store);
        await using var writer = await RowWriter.StartAsync(moving.Store.Rows);
        var begun = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(() => Stopwatch.GetElapsedTime(begun) > TimeSpan.FromSeconds(5), Limit, () => "time stands still");

        var states = new List<string>();
        var cut = Stopwatch.GetTimestamp();
        await moving.Cluster.Net.CutAsync(Harness.Sites.Cut.Both(active, passive));
        await Eventually.TrueAsync(async () => await SeeAsync() && Stopwatch.GetElapsedTime(cut) > Cut, Limit, () => "the primary does not answer");
        states.ShouldContain("queueing");
        var queued = (await primary.StatusAsync())!.Sites!.Link!.BacklogBytes;
        queued.ShouldNotBeNull().ShouldBeGreaterThan(0);

        var healed = Stopwatch.GetTimestamp();
        await moving.Cluster.Net.HealAllAsync();
        await Eventually.TrueAsync(async () => await SeeAsync() && states[^1] == "streaming", Limit, () => $"the link stays {states[^1]}");
        await moving.Cluster.HealthyAsync(moving.Store);
        var whole = Stopwatch.GetTimestamp();

        // Nobody has moved, and no timeline has ended.
        (await primary.StatusAsync())!.Sites!.SiteEpoch.ShouldBe(epoch);
        watch.Commits.Select(commit => (commit.Member, commit.Timeline)).Distinct().ShouldHaveSingleItem().Member.ShouldBe(primary.Name);
        (await watch.LostAsync()).ShouldBeEmpty();
        var (normal, during) = (Took(writer, begun, cut), Took(writer, cut, healed));
        (await writer.LostAsync()).ShouldBeEmpty();
        output.WriteLine($"commits: normal p99 {At(normal, 0.99):0.0} ms (longest {At(normal, 1):0.0}); cut p99 {At(during, 0.99):0.0} ms " +
            $"(longest {At(during, 1):0.0}, {during.Count} commits, {during.Count(took => took > 2 * At(normal, 0.99))} above twice the normal p99); " +
            $"link {string.Join(" → ", states)}, {queued} bytes queued, whole {Stopwatch.GetElapsedTime(healed, whole).TotalMilliseconds:0} ms after the cut");

        async Task<bool> SeeAsync()
        {
            if ((await primary.StatusAsync())?.Sites?.Link?.State is { } state && (states.Count == 0 || states[^1] != state))
            {
                states.Add(state);
            }

            return states.Count > 0;
        }
    }

    /// <summary>Milliseconds, in order.</summary>
    private static List<double> Took(RowWriter writer, long from, long to) =>
        [.. writer.Rows.Where(row => row.At >= from && row.At < to).Select(row => row.Took.TotalMilliseconds).Order()];

    private static double At(List<double> sorted, double share) => sorted[(int)Math.Ceiling((sorted.Count - 1) * share)];
}
