using System.Diagnostics;
using Holdfast.Harness.Members;
using Holdfast.Sites.EndToEnd;

namespace Holdfast.Redis.EndToEnd.Sites;

/// <summary>Members, links and a whole site are lost. Outages are told, not judged.</summary>
[Trait("Speed", "Slow")]
public sealed class LossTests(RedisSites sites, ITestOutputHelper output) : IClassFixture<RedisSites>
{
    private static readonly TimeSpan Cut = TimeSpan.FromSeconds(8);

    [SiteFact]
    public async Task A_lost_site_is_taken_over_and_what_it_alone_had_is_listed_when_it_is_back()
    {
        AllTests.Only();
        await sites.ReadyAsync();
        var (primary, _) = await sites.OneStreamAsync();
        var (active, passive) = (sites.Store.SiteOf(primary), sites.OtherSite(primary));
        var alone = $"alone:{Guid.NewGuid():N}";
        await using var writer = await KeyWriter.StartAsync(sites.Store.Keys);
        await writer.MoreAsync(100, RedisSites.Soon);

        // The link first, and the site a moment later: so there is something that only the lost site had.
        await sites.Cluster.Net.CutAsync(Harness.Sites.Cut.Both(active, passive));
        using (var client = sites.Store.Keys.Connect(primary.Endpoint))
        {
            client.Call("SET", alone, "only here").ShouldBe("OK");
            // What is not in the log yet goes when the server is killed, decision record 0026.
            await Eventually.TrueAsync(
                () => client.Call("INFO", "persistence")!.Contains("aof_buffer_length:0", StringComparison.Ordinal), RedisSites.Soon,
                () => "the log is not written");
        }

        var struck = Stopwatch.GetTimestamp();
        await sites.Cluster.CrashSiteAsync(active);

        await Eventually.TrueAsync(
            async () => await sites.Store.FindPrimaryAsync() is { } taker && sites.Store.SiteOf(taker) == passive, RedisSites.Soon,
            () => sites.Cluster.Fail($"{passive} does not take over"));
        await writer.GoesOnAsync(RedisSites.Soon);
        output.WriteLine($"lost site: longest time without an acknowledged write {writer.LongestGap(struck).TotalMilliseconds:F0} ms");
        await sites.Cluster.BootSiteAsync(active);
        await sites.Cluster.Net.HealAllAsync();
        await sites.Cluster.HealthyAsync(sites.Store);
        var (present, _) = await sites.OneStreamAsync();
        sites.Store.SiteOf(present).ShouldBe(passive);

        var outcome = await sites.Cluster.RunAsync("loss", sites.Store.Name, "--member", primary.Name);
        outcome.ExitCode.ShouldBe(0, outcome.Output);
        // Lines are broken where the screen ends.
        var words = string.Join(' ', outcome.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        words.ShouldContain($"key={alone} type=string value=only here", customMessage: sites.Cluster.Fail(outcome.Output));
        using (var returned = sites.Store.Keys.Connect(primary.Endpoint))
        {
            returned.Call("EXISTS", alone).ShouldBe("0");
        }

        var lost = writer.Lost(present.Endpoint);
        output.WriteLine($"lost site: {lost.Count} of {writer.Keys.Count} acknowledged writes lost");
        lost.ShouldAllBe(key => key.Endpoint == primary.Endpoint);
        lost.ShouldAllBe(key => key.At > struck - (10 * Stopwatch.Frequency));
        await using var later = await KeyWriter.StartAsync(sites.Store.Keys);
        await BackAsync(later, active);
    }

    [SiteFact]
    public async Task The_passive_site_follows_a_new_primary_and_a_leader_of_its_own()
    {
        AllTests.Only();
        await sites.ReadyAsync();
        var (primary, leader) = await sites.OneStreamAsync();

        await sites.Store.HostOf(primary).CrashAsync();
        var taker = await sites.Store.TakenOverAsync(primary, RedisSites.Soon);
        sites.Store.SiteOf(taker).ShouldBe(sites.Store.SiteOf(primary));
        // From here on nothing that is acknowledged may be lost.
        await using var writer = await KeyWriter.StartAsync(sites.Store.Keys);
        output.WriteLine($"new primary: {leader.Name} has what it writes after {(await sites.HasAllAsync(leader, writer)).TotalMilliseconds:F0} ms");
        await sites.Store.HostOf(primary).BootAsync();
        await sites.Cluster.HealthyAsync(sites.Store);
        await sites.OneStreamAsync();

        await sites.Store.HostOf(leader).CrashAsync();
        var heir = sites.Beside(leader);
        await Eventually.TrueAsync(
            async () => (await heir.StatusAsync())?.Primary == heir.Name && sites.Followers(taker).Contains(heir.Name), RedisSites.Soon,
            () => sites.Cluster.Fail($"{heir.Name} does not lead"));
        await writer.GoesOnAsync(RedisSites.Soon);
        await sites.HasAllAsync(heir, writer);
        await sites.Store.HostOf(leader).BootAsync();
        await sites.Cluster.HealthyAsync(sites.Store);
        var (_, leads) = await sites.OneStreamAsync();
        leads.ShouldBe(heir);
        RedisSites.MayBeFollowed(leader).ShouldBeFalse();
        foreach (var member in sites.Store.Members)
        {
            await sites.HasAllAsync(member, writer);
        }
    }

    [SiteFact]
    public async Task A_cut_link_moves_nobody_and_is_made_up_for_without_a_full_copy()
    {
        AllTests.Only();
        await sites.ReadyAsync();
        var (primary, leader) = await sites.OneStreamAsync();
        await using var writer = await KeyWriter.StartAsync(sites.Store.Keys);
        var copies = sites.Copies();
        var cut = Stopwatch.GetTimestamp();
        await sites.Cluster.Net.CutAsync(Harness.Sites.Cut.Both(sites.Store.SiteOf(primary), sites.Store.SiteOf(leader)));

        await StateAsync(primary, "queueing");
        await Eventually.TrueAsync(() => Stopwatch.GetElapsedTime(cut) > Cut, RedisSites.Soon, () => "time stands still");
        var queued = (await primary.StatusAsync())!.Sites!.Link!.BacklogBytes;
        queued.ShouldNotBeNull().ShouldBeGreaterThan(0);
        await sites.Cluster.Net.HealAllAsync();
        var took = await sites.HasAllAsync(leader, writer);
        await StateAsync(primary, "streaming");
        await sites.HasAllAsync(sites.Beside(leader), writer);

        sites.Copies().ShouldBe(copies, sites.Cluster.Logs());
        (await sites.OneStreamAsync()).ShouldBe((primary, leader));
        writer.Lost(primary.Endpoint).ShouldBeEmpty();
        output.WriteLine($"cut of {Cut.TotalSeconds:0} s: {queued} bytes queued, {leader.Name} had all {took.TotalMilliseconds:F0} ms after its end, " +
            $"longest time without an acknowledged write {writer.LongestGap(cut).TotalMilliseconds:F0} ms");
    }

    [SiteFact]
    public async Task A_link_that_was_cut_for_longer_than_the_stream_is_kept_is_made_up_for_by_a_full_copy()
    {
        AllTests.Only();
        await sites.ReadyAsync();
        var (primary, leader) = await sites.OneStreamAsync();
        var (copies, big) = (sites.Copies(), new string('x', 1 << 20));
        await sites.Cluster.Net.CutAsync(Harness.Sites.Cut.Both(sites.Store.SiteOf(primary), sites.Store.SiteOf(leader)));
        await StateAsync(primary, "queueing");
        using var client = sites.Store.Keys.Connect(primary.Endpoint);
        for (var mebibyte = 0; mebibyte < 70; mebibyte++)
        {
            client.Call("SET", "big", big);
        }

        client.Call("SET", "after", "it");
        await StateAsync(primary, "lost");

        await sites.Cluster.Net.HealAllAsync();

        await StateAsync(primary, "streaming");
        await sites.Cluster.HealthyAsync(sites.Store);
        sites.Copies().ShouldBeGreaterThan(copies);
        foreach (var member in sites.Store.At(sites.Store.SiteOf(leader)))
        {
            using var copy = sites.Store.Keys.Connect(member.Endpoint);
            await Eventually.TrueAsync(
                () => copy.Call("GET", "after") == "it", RedisSites.Soon, () => sites.Cluster.Fail($"{member.Name} lacks what was written"));
        }
    }

    private async Task BackAsync(KeyWriter writer, string to)
    {
        var begun = Stopwatch.GetTimestamp();
        var outcome = await sites.Cluster.RunAsync("failback", "--yes");
        outcome.ExitCode.ShouldBe(0, sites.Cluster.Fail(outcome.Output));
        await writer.GoesOnAsync(RedisSites.Soon);
        await sites.Cluster.HealthyAsync(sites.Store);
        var (primary, _) = await sites.OneStreamAsync();
        sites.Store.SiteOf(primary).ShouldBe(to);
        output.WriteLine($"failback: longest time without an acknowledged write {writer.LongestGap(begun).TotalMilliseconds:F0} ms");
        writer.Lost(primary.Endpoint).ShouldBeEmpty();
    }

    private Task StateAsync(MemberHost primary, string state)
    {
        SeenStatus? seen = null;
        return Eventually.TrueAsync(
            async () => (seen = await primary.StatusAsync())?.Sites?.Link?.State == state, RedisSites.Soon,
            () => sites.Cluster.Fail($"the link is not {state}: {seen}"));
    }
}
