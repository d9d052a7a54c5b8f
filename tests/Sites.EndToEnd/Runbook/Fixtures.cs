using System.Collections.Immutable;
using System.Diagnostics;
using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Sites.EndToEnd.Runbook;

/// <summary>Which world a situation is played in. Each has a cluster of its own, so that they can be played at the same time.</summary>
internal enum Stage
{
    /// <summary><c>isolation: fence</c>, moves between sites.</summary>
    FenceMoves,
    /// <summary><c>isolation: fence</c>, faults of parts.</summary>
    FenceFaults,
    /// <summary><c>isolation: continue</c>.</summary>
    Continue,
    /// <summary>Two sites with a repository each.</summary>
    Backups,
    /// <summary>All members at one site, with a repository.</summary>
    OneSite,
}

/// <summary>Brings a world into the state that a block of the runbook is typed in.</summary>
/// <param name="Stage">Where.</param>
/// <param name="EnterAsync">From the state of the block before in the same situation; of the first, from a good day.</param>
/// <param name="Continues">As the first of a situation, it goes on from where the situation before has ended.</param>
internal sealed record Fixture(Stage Stage, Func<World, Task> EnterAsync, bool Continues = false);

/// <summary>The fixtures, by the names that the runbook uses.</summary>
internal static class Fixtures
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    /// <summary>Longer than the rest before the last one, which is the longest.</summary>
    private static readonly TimeSpan LongRest = TimeSpan.FromSeconds(4.2);

    public static readonly ImmutableSortedDictionary<string, Fixture> All = new Dictionary<string, Fixture>
    {
        ["two-sites-healthy"] = new(Stage.FenceMoves, _ => Task.CompletedTask),
        ["one-of-two-moved"] = new(Stage.FenceMoves, MoveAsync),
        ["site-lost"] = new(Stage.FenceMoves, LoseSiteAsync),
        ["site-lost-while-behind"] = new(Stage.FenceMoves, LoseSiteWhileBehindAsync),
        ["lost-site-back"] = new(Stage.FenceMoves, ReturnAsync, Continues: true),
        ["link-down"] = new(Stage.FenceFaults, CutLinkAsync),
        ["queue-full"] = new(Stage.FenceFaults, FillQueueAsync),
        ["link-back"] = new(Stage.FenceFaults, world => world.Cluster.Net.HealAllAsync()),
        ["link-caught-up"] = new(Stage.FenceFaults, world => world.WholeAsync()),
        ["coordination-lost"] = new(Stage.FenceFaults, LoseCoordinationAsync),
        ["coordination-back"] = new(Stage.FenceFaults, world => world.WholeAsync()),
        ["agent-down"] = new(Stage.FenceFaults, KillAgentAsync),
        ["agent-back"] = new(Stage.FenceFaults, world => world.WholeAsync()),
        ["data-damaged"] = new(Stage.FenceFaults, DamageDataAsync),
        ["row-differs"] = new(Stage.FenceFaults, DamageRowAsync),
        ["hook-fails"] = new(Stage.FenceFaults, world => File.WriteAllTextAsync(world.HookFault, "no answer from the load balancer\n")),
        ["hook-mended"] = new(Stage.FenceFaults, world => Task.Run(() => File.Delete(world.HookFault))),
        ["passive-host-down"] = new(Stage.FenceFaults, CrashPassiveHostAsync),
        ["passive-host-back"] = new(Stage.FenceFaults, BootPassiveHostAsync),
        ["all-well"] = new(Stage.FenceFaults, _ => Task.CompletedTask),
        ["guard-fired"] = new(Stage.FenceFaults, FireGuardAsync),
        ["island"] = new(Stage.Continue, CutOffActiveSiteAsync),
        ["island-mended"] = new(Stage.Continue, world => world.Cluster.Net.HealAllAsync()),
        ["island-ended"] = new(Stage.Continue, world => world.WholeAsync()),
    }.Concat(BackupFixtures.All).ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static async Task MoveAsync(World world)
    {
        (await world.Cluster.RunAsync("switchover", "--site", "ber", "--yes")).ExitCode.ShouldBe(0);
        await world.WholeAsync();
    }

    private static async Task LoseSiteAsync(World world)
    {
        await world.Cluster.CrashSiteAsync("fra");
        await WaitsForOperatorAsync(world);
    }

    /// <summary>Its last work has not come to the other site, and more of it than the RPO allows.</summary>
    private static async Task LoseSiteWhileBehindAsync(World world)
    {
        await world.HeartbeatArrivesAsync();
        await world.Cluster.Net.CutAsync(Cut.Both("fra", "ber"));
        await world.WriteForAsync(TimeSpan.FromSeconds(7));
        await LoseSiteAsync(world);
    }

    private static Task WaitsForOperatorAsync(World world) =>
        world.UntilAsync(sites => sites.Rule == "SITE.refuse", "ber waits for an operator", "ber");

    private static async Task ReturnAsync(World world)
    {
        if ((await world.SitesAsync("ber")).Active != "ber")
        {
            await LoseSiteWhileBehindAsync(world);
            (await world.Cluster.RunAsync("failover", "--site", "ber", "--accept-data-loss", "--yes")).ExitCode.ShouldBe(0);
        }

        await world.Cluster.Net.HealAllAsync();
        await world.Cluster.BootSiteAsync("fra");
        await world.WholeAsync();
        if (await world.Store.FindPrimaryAsync() != world.Member("orders-ber-1"))
        {
            (await world.Cluster.RunAsync("switchover", "--to", "orders-ber-1", "--yes")).ExitCode.ShouldBe(0);
            await world.WholeAsync();
        }

        await Eventually.TrueAsync(
            async () => (await world.Cluster.RunAsync("loss", "--json")).Output.Contains("orders-fra-1", StringComparison.Ordinal), Patience,
            () => world.Cluster.Fail("orders-fra-1 does not report what it lost"));
    }

    private static async Task CutLinkAsync(World world)
    {
        await world.Cluster.Net.CutAsync(Cut.Both("fra", "ber"));
        await world.UntilAsync(sites => sites is { Link: "queueing", Safe: false }, "the log for ber is queued", "fra");
        await world.WriteAsync(100);
    }

    private static async Task FillQueueAsync(World world)
    {
        for (var part = 0; part < 10; part++)
        {
            await world.WriteAsync(6_000, "repeat(md5(random()::text), 60)");
            await world.Member("orders-fra-1").AskAsync<object>("checkpoint");
        }

        await world.UntilAsync(sites => sites.Link == "lost", "the queue is given up", "fra");
    }

    private static async Task KillAgentAsync(World world)
    {
        await world.Member("orders-fra-2").KillAgentAsync();
        await world.Member("orders-fra-1").SaysAsync(status => !status.Of("orders-fra-2").Reachable, Patience, "orders-fra-2 is not heard");
    }

    private static async Task LoseCoordinationAsync(World world)
    {
        await Task.WhenAll(((string[])["ber", "muc"]).Select(site => world.Cluster.Host(SiteCluster.EtcdHost(site)).Etcd[0].KillAsync()));
        await world.UntilAsync(sites => !sites.Reachable, "the global scope is away", "fra");
        await Eventually.TrueAsync(
            async () => await world.Store.FindPrimaryAsync() is null, Patience,
            () => world.Cluster.Fail("the primary goes on without its site lease"));
    }

    /// <summary>A folder without which no server starts is gone from its disk.</summary>
    private static async Task DamageDataAsync(World world)
    {
        var member = world.Member("orders-fra-2");
        await member.CrashAsync();
        Directory.Delete(Path.Combine(member.Data, "pg_replslot"), recursive: true);
        member.StartAgent();
        // It is started again and again, ever more seldom: what the operator sees is that it is stopped.
        long? stopped = null;
        await member.SaysAsync(status =>
        {
            stopped = status.Of(member.Name) is { Fault: not null, State: "stopped" } ? stopped ?? Stopwatch.GetTimestamp() : null;
            return stopped is { } since && Stopwatch.GetElapsedTime(since) > LongRest;
        }, Patience, "its server does not start");
    }

    private static async Task DamageRowAsync(World world)
    {
        var member = world.Member("orders-ber-2");
        await DamagePageAsync(world, member);
        if ((await member.StatusAsync())!.Primary != member.Name)
        {
            (await world.Cluster.RunAsync("switchover", "--to", member.Name, "--yes")).ExitCode.ShouldBe(0);
            await world.Cluster.HealthyAsync(world.Store);
        }
    }

    /// <summary>Bytes of a table's file on one standby are not what was written.</summary>
    public static async Task DamagePageAsync(World world, MemberHost member)
    {
        await world.WriteAsync(200, "repeat('abcdefgh', 100)");
        await Eventually.TrueAsync(
            async () => await member.AskInAsync<long>(RowTable.Name, "select count(*) from writes") >= 200, Patience,
            () => world.Cluster.Fail($"the rows do not come to {member.Name}"));
        var primary = world.Member("orders-fra-1");
        // Reading a row for the first time may log its page anew, which would mend it.
        await primary.AskInAsync<object>(RowTable.Name, "vacuum (freeze) writes");
        await primary.AskAsync<object>("checkpoint");
        var after = await primary.AskAsync<string>("select pg_current_wal_flush_lsn()::text");
        // Else its start would read the page anew from the log, from before the checkpoint.
        await Eventually.TrueAsync(
            async () => await member.AskAsync<bool>($"select pg_last_wal_replay_lsn() >= '{after}'"), Patience,
            () => world.Cluster.Fail($"the checkpoint does not come to {member.Name}"));
        var file = Path.Combine(member.Data, await member.AskInAsync<string>(RowTable.Name, "select pg_relation_filepath('writes')"));
        await member.AskAsync<object>("checkpoint");
        await member.CrashAsync();
        await using (var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite))
        {
            stream.Position = 8192 - 300; // in a row of the first page, which its checksum covers
            stream.Write("damaged!"u8);
        }

        member.StartAgent();
        await world.Cluster.HealthyAsync(world.Store);
    }

    private static async Task CrashPassiveHostAsync(World world)
    {
        await world.Cluster.Host("ber-2").CrashAsync();
        await world.Member("orders-ber-1").SaysAsync(status => !status.Of("orders-ber-2").Reachable, Patience, "orders-ber-2 is gone");
    }

    private static async Task BootPassiveHostAsync(World world)
    {
        await world.Cluster.Host("ber-2").BootAsync();
        await world.WholeAsync();
    }

    /// <summary>The agent stands still, so that it renews no lease; its server would go on.</summary>
    private static async Task FireGuardAsync(World world)
    {
        var member = world.Member("orders-fra-1");
        await member.Agent.FreezeAsync();
        await Eventually.TrueAsync(() => member.Postmaster is null, Patience, () => world.Cluster.Fail("the guard does not kill the server"));
        await world.Store.TakenOverAsync(member, Patience);
        member.Agent.Thaw();
        await world.WholeAsync();
    }

    private static async Task CutOffActiveSiteAsync(World world)
    {
        await world.WriteAsync(10);
        await world.WholeAsync();
        await world.Cluster.Net.CutAsync(world.Cluster.Net.LinksOf("fra"));
        await WaitsForOperatorAsync(world);
        await world.WriteAsync(3, "'island'");
    }
}
