using System.Diagnostics;
using System.Text.RegularExpressions;
using Holdfast.Harness.Members;
using Holdfast.Sites.EndToEnd;

namespace Holdfast.Redis.EndToEnd.Sites;

/// <summary>A store of Redis over two sites is born, follows over one stream, and is moved under load. Pauses are told, not judged.</summary>
[Trait("Speed", "Slow")]
public sealed partial class MoveTests(RedisSites sites, ITestOutputHelper output) : IClassFixture<RedisSites>
{
    [SiteFact]
    public async Task The_store_is_born_at_both_sites_over_one_stream_and_is_moved_there_and_back_without_loss_or_copy()
    {
        await sites.ReadyAsync();
        var (primary, leader) = await sites.OneStreamAsync();
        var home = sites.Store.SiteOf(primary);
        home.ShouldBe(sites.Cluster.Options.Sites[0]);
        // Nobody can copy from whoever is neither the primary nor the leader of the passive site.
        sites.Store.Members.Where(RedisSites.MayBeFollowed).ShouldBe([primary, leader], ignoreOrder: true);
        await using var writer = await KeyWriter.StartAsync(sites.Store.Keys);
        await writer.MoreAsync(100, RedisSites.Soon);
        foreach (var member in sites.Store.Members)
        {
            await sites.HasAllAsync(member, writer);
        }

        var copies = sites.Copies();
        await MoveAsync(writer, sites.OtherSite(primary), "switchover", "--site", sites.OtherSite(primary), "--yes");
        await MoveAsync(writer, home, "failback", "--yes");

        var (present, _) = await sites.OneStreamAsync();
        writer.Lost(present.Endpoint).ShouldBeEmpty();
        foreach (var member in sites.Store.Members)
        {
            await sites.HasAllAsync(member, writer);
        }

        sites.Copies().ShouldBe(copies, sites.Cluster.Logs());
        output.WriteLine($"{writer.Keys.Count} keys acknowledged, none lost, no full copy");
    }

    private async Task MoveAsync(KeyWriter writer, string to, params string[] verb)
    {
        var begun = Stopwatch.GetTimestamp();
        var outcome = await sites.Cluster.RunAsync(verb);
        outcome.ExitCode.ShouldBe(0, sites.Cluster.Fail(outcome.Output));
        // A failback compares before it begins, too.
        Compared().Count(outcome.Output).ShouldBe(verb[0] == "failback" ? 2 : 1, outcome.Output);
        await writer.GoesOnAsync(RedisSites.Soon);
        await sites.Cluster.HealthyAsync(sites.Store);
        var (primary, leader) = await sites.OneStreamAsync();
        sites.Store.SiteOf(primary).ShouldBe(to);
        sites.Store.Members.Where(RedisSites.MayBeFollowed).ShouldBe([primary, leader], ignoreOrder: true);
        output.WriteLine($"{verb[0]} to {to}: longest time without an acknowledged write {writer.LongestGap(begun).TotalMilliseconds:F0} ms");
        output.WriteLine(outcome.Output);
    }

    [GeneratedRegex(@"verify(-before)? +done +.*equal: \S+, \S+: \d+ keys")]
    private static partial Regex Compared();
}
