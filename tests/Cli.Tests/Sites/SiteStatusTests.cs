using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Sites;

namespace Holdfast.Cli.Tests.Sites;

public sealed class SiteStatusTests
{
    [Fact]
    public async Task The_screen_shows_the_active_group_the_sites_and_the_passive_members()
    {
        await using var sites = await RunningSites.StartAsync();
        var run = await sites.Shell.RunAsync("status");
        TestContext.Current.TestOutputHelper!.WriteLine(run.Out);
        run.Code.ShouldBe(0, run.Error);
        run.Out.ShouldStartWith("grid-control: orders at fra ");
        run.Out.ShouldMatch("Primary +orders-fra-1, clients connect to");
        run.Out.ShouldMatch("\nSites +fra is active, site epoch 1\n");
        run.Out.ShouldMatch("Site loss +SAFE: ber is 0.2 s behind \\(RPO 5 s\\) and takes over by itself");
        run.Out.ShouldMatch("Lag +0.2 s, 2.0 kB \\(RPO 5.0 s\\)");
        run.Out.ShouldMatch("Link +streaming to orders-ber-1, log grows by 3.0 MB/s, round trip 3.1 ms");
        run.Out.ShouldMatch("Global scope +reachable, site lease held by fra, isolation: fence, site-failover: automatic");
        run.Out.ShouldMatch("ber +passive +orders-ber-1 +yes +yes +0/5000100 +-\n");
        run.Out.ShouldContain("\ngrid-control: orders at ber ");
        run.Out.ShouldMatch("orders-ber-2 +standby +running");
        run.Lines.ShouldAllBe(line => line.Length <= 100);
        run.Lines.Count().ShouldBeLessThan(32);

        var other = await sites.Shell.RunAsync("status --site ber");
        other.Out.ShouldStartWith("grid-control: orders at ber ");
        other.Out.ShouldMatch("Standby leader +orders-ber-1, reads at 127.0.0.1:5443");
    }

    [Fact]
    public async Task Before_any_agent_answers_nothing_is_said_of_the_global_scope()
    {
        var run = await new Shell(SampleSites.System()).RunAsync("status");
        run.Code.ShouldBe(1);
        run.Out.ShouldMatch("Global scope +not known\n");
        run.Out.ShouldNotContain("NOT REACHABLE");
    }

    [Fact]
    public async Task A_disaster_at_the_active_site_is_told_by_the_passive_one_with_what_it_waits_for()
    {
        await using var sites = await RunningSites.StartAsync(null, "orders-fra-1", "orders-fra-2", "orders-fra-3");
        sites.ChangeSites(status => status with
        {
            LeaseSite = null,
            SafeToLoseSite = false,
            Safety = "ber does not stream",
            LagAboveRpo = true,
            Rule = "SITE.refuse",
            Reason = "fra has lost its site lease, but up to 9.1 s of its work may be missing here",
            Groups = [.. status.Groups.Select(group => group.Site == "fra" ? group with { SilentSeconds = 12 } : group)],
        });
        var run = await sites.Shell.RunAsync("status");
        TestContext.Current.TestOutputHelper!.WriteLine(run.Out);
        run.Code.ShouldBe(0, run.Error);
        run.Out.ShouldStartWith("grid-control: orders at fra ");
        run.Out.ShouldMatch("Primary +not known");
        run.Out.ShouldMatch("Lag +0.3 s, 2.0 kB; a site loss now may lose more than the RPO of 5.0 s");
        run.Out.ShouldContain("site lease NOT HELD");
        run.Out.ReplaceLineEndings(" ").ShouldMatch("Waits for +fra has lost its site lease, but up to 9.1 s of its work may be missing here");
        run.Out.ShouldMatch("fra +active +orders-fra-1 +not known +not known +0/5000148 +12.0 s");
        run.Lines.ShouldAllBe(line => line.Length <= 100);
    }

    public static readonly TheoryData<string, string> Links = new()
    {
        { """{"state":"queueing","backlogBytes":3221225472,"fullInSeconds":540}""", "queueing, 3.0 GB kept, full in 9 min at the present rate" },
        { """{"state":"queueing","backlogBytes":4096}""", "queueing, 4.0 kB kept, the bound is not reached at the present rate" },
        { """{"state":"re-syncing","backlogBytes":1048576,"caughtUpInSeconds":4.2}""", "re-syncing, 1.0 MB kept, caught up in 4.2 s" },
        { """{"state":"lost"}""", "the queue was given up: the archive or a clone feeds the other site" },
        { """{"state":"queueing","backlogBytes":1,"writesStopped":true}""", "WRITES ARE STOPPED: the queue is full (queue-full: stop-writes)" },
        { """{"state":"streaming","enforcingRpo":true}""", "COMMITS WAIT FOR THE OTHER SITE until it has caught up (enforce-rpo)" },
    };

    [Theory, MemberData(nameof(Links))]
    public async Task The_link_is_told_in_words(string link, string text)
    {
        await using var sites = await RunningSites.StartAsync();
        var status = JsonSerializer.Deserialize<LinkStatus>(link, JsonSerializerOptions.Web);
        sites.ChangeSites("fra", all => all with { Link = status });
        var run = await sites.Shell.RunAsync("status");
        string.Join(' ', run.Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ShouldContain(text);
        run.Lines.ShouldAllBe(line => line.Length <= 100);
    }

    [Fact]
    public async Task A_move_on_its_way_is_shown_with_its_step_by_whoever_knows_most()
    {
        await using var sites = await RunningSites.StartAsync();
        var move = SampleMoves.Switchover;
        sites.ChangeSites("fra", all => all with { Move = move with { State = "running", Steps = RunningSites.Until(move.Steps, 0) } });
        sites.ChangeSites("ber", all => all with { Move = move with { State = "running", Steps = RunningSites.Until(move.Steps, 2) } });
        (await sites.Shell.RunAsync("status")).Out.ShouldMatch("Move +switchover to ber: step catch-up, running, for ana@control-1");
        sites.ChangeSites(all => all with { Move = move });
        (await sites.Shell.RunAsync("status")).Out.ShouldMatch("Last move +switchover to ber at 2026-11-01 03:12:00 UTC: ber is active");
    }

    [Fact]
    public async Task The_word_of_the_newest_site_epoch_counts()
    {
        await using var sites = await RunningSites.StartAsync();
        sites.ChangeSites("ber", all => all with { ActiveSite = "ber", SiteEpoch = 2, Role = "active", LagSeconds = null });
        var run = await sites.Shell.RunAsync("status");
        run.Out.ShouldStartWith("grid-control: orders at ber ");
        run.Out.ShouldContain("ber is active, site epoch 2");
    }

    [Fact]
    public async Task JSON_has_both_groups_the_active_first_each_with_the_word_about_the_sites()
    {
        await using var sites = await RunningSites.StartAsync();
        sites.ChangeSites(all => all with { ActiveSite = "ber", SiteEpoch = 2 });
        var lines = (await sites.Shell.RunAsync("status --json")).Out.TrimEnd().Split('\n');
        var groups = lines.Select(line => JsonSerializer.Deserialize(line, ApiJson.Default.GroupStatus)!).ToArray();
        groups.Select(group => group.Site).ShouldBe(["ber", "fra"]);
        groups.Select(group => group.Sites!.Role).ShouldBe(["active", "passive"]);
        groups.Select(group => group.Members.Length).ShouldBe([2, 3]);
    }

    [Fact]
    public async Task Check_ends_with_4_when_only_the_site_is_not_safe_and_with_3_when_a_host_is_not_or_nothing_can_be_read()
    {
        await using var sites = await RunningSites.StartAsync();
        var well = await sites.Shell.RunAsync("status --check");
        (well.Code, well.Error).ShouldBe((0, ""));

        sites.ChangeSites(all => all with { SafeToLoseSite = false, Safety = "ber does not stream" });
        // The leader has nothing to stream from, so that another could not lead either: that is the link, and is said once.
        sites.Change("ber", status => status with
        {
            SafeToLoseHost = false,
            Members = [.. status.Members.Select(member => member.Name == status.Primary ? member with { Healthy = false } : member)],
        });
        var unsafeSite = await sites.Shell.RunAsync("status --check");
        (unsafeSite.Code, unsafeSite.Error).ShouldBe((4, "holdfast: not healthy: orders: not safe to lose a site: ber does not stream\n"));
        sites.ChangeSites(all => all with { SafeToLoseSite = true, LagAboveRpo = true });
        var late = await sites.Shell.RunAsync("status --check");
        (late.Code, late.Error).ShouldBe((4, "holdfast: not healthy: orders: a site loss now may lose more than the RPO of 5.0 s; the lag by the last word: 0.2 s, 2.0 kB\n"));

        sites.Change("fra", status => status with { SafeToLoseHost = false, Safety = "one copy" });
        var both = await sites.Shell.RunAsync("status --check");
        both.Code.ShouldBe(3);
        both.Error.ShouldContain("orders at fra: not safe to lose a host: one copy");
        both.Error.ShouldContain("may lose more than the RPO");

        sites.Change("fra", status => status with { SafeToLoseHost = true });
        sites.ChangeSites(all => all with { LagAboveRpo = false, GlobalReachable = false, GlobalProblem = "no endpoint answers" });
        var cut = await sites.Shell.RunAsync("status --check");
        cut.Code.ShouldBe(3);
        cut.Error.ShouldContain("orders: the global scope cannot be reached: no endpoint answers");

        await using var nobody = await RunningSites.StartAsync(null, [.. sites.Controls.Keys]);
        (await nobody.Shell.RunAsync("status --check")).Code.ShouldBe(3);
        var silent = await nobody.Shell.RunAsync("status");
        silent.Code.ShouldBe(1);
        silent.Out.ShouldContain("the active site is not known");
    }

    [Fact]
    public async Task A_passive_site_with_one_member_alone_is_not_unsafe_for_hosts()
    {
        var system = SampleSites.System();
        var store = system.Stores["orders"];
        system = system with { Stores = system.Stores.SetItem("orders", store with { Members = store.Members.Remove("orders-ber-2") }) };
        await using var sites = await RunningSites.StartAsync(system);
        sites.Change("ber", status => status with
        {
            SafeToLoseHost = false,
            Safety = "passive, and no other standby of this site is healthy",
            Members = [.. status.Members.Take(1)],
        });
        var run = await sites.Shell.RunAsync("status --check");
        (run.Code, run.Error).ShouldBe((0, ""));
        sites.Change("ber", status => status with { Paused = true, Safety = "the group is paused: nothing fails over" });
        (await sites.Shell.RunAsync("status --check")).Code.ShouldBe(3);
    }
}
