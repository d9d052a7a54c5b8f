using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines;
using Holdfast.Engines.Loss;
using Holdfast.Engines.Redis.Loss;
using Holdfast.Engines.Redis.Protocol;
using Holdfast.Harness;
using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Redis.Tests;

/// <summary>Keys that a deposed primary alone had come back to the present one, which loses none of its own by that.</summary>
public sealed class RestoreTests
{
    private static readonly Progress<JobProgress> Unheard = new();

    [Fact]
    public async Task Keys_of_every_type_and_database_come_back_as_they_were_and_what_is_there_is_left()
    {
        await using var servers = await Servers.StartAsync();
        Dictionary<string, string> had = [];
        var report = await DeposeAsync(
            servers,
            client =>
            {
                client.Call("SET", "both", "before");
                client.Call("SET", "removed", "before");
            },
            client =>
            {
                client.Call("SET", "both", "after");
                client.Call("SET", "removed", "after");
                client.Call("SET", "made", "same");
                client.Call("SET", "holdfast:forged", "x");
                Fill(client, "0");
                Fill(client, "3");
                had = Read(client);
            });
        using var present = servers.Connect("b");
        present.Call("SET", "made", "same");
        present.Call("DEL", "removed");
        var file = Path.Combine(servers.DataOf("a") + ".holdfast", "salvage", report, "lost-keys.jsonl");
        await File.AppendAllTextAsync(
            file, """
            {"database":"0","key":"was short-lived","wasThere":false}
            {"database":"0","key":"holdfast:forged","wasThere":false}

            """, Servers.Stop);

        var dry = await servers.A.RestoreLossAsync(report, dryRun: true, Unheard, Servers.Stop);
        Read(present).Values.ShouldAllBe(value => value == "");
        var done = await servers.A.RestoreLossAsync(report, dryRun: false, Unheard, Servers.Stop);

        Text(dry with { IsDryRun = false }).ShouldBe(Text(done));
        Counts(done).ShouldBe((had.Count, 1, 1, 1, 1, 0), Text(done));
        (done.Primary, done.Member, done.Problem).ShouldBe(("b", "a", null));
        done.Restored.First.ShouldContain(key => key.Database == "3");
        done.Other.First.ShouldBe([new NamedKey("0", "both")]);
        done.Removed.First.ShouldBe([new NamedKey("0", "removed")]);
        done.Expired.First.ShouldBe([new NamedKey("0", "was short-lived")]);
        Read(present).ShouldBe(had);
        present.Call("GET", "both").ShouldBe("before");
        present.Call("EXISTS", "removed").ShouldBe("0");
        present.Call("EXISTS", "holdfast:forged").ShouldBe("0");

        var again = await servers.A.RestoreLossAsync(report, dryRun: false, Unheard, Servers.Stop);
        Counts(again).ShouldBe((0, had.Count + 1, 1, 1, 1, 0), Text(again));
        Read(present).ShouldBe(had);
    }

    [Fact]
    public async Task A_key_that_an_application_makes_in_that_moment_is_the_applications()
    {
        await using var servers = await Servers.StartAsync();
        var report = await DeposeAsync(servers, _ => { }, client =>
        {
            client.Call("SET", "contended", "old");
            client.Call("SET", "free", "old");
        });
        using var govern = servers.Govern("b");
        using var writer = await RespConnection.ConnectAsync("127.0.0.1", servers.PortOf("b"), Servers.Stop);
        await writer.CallAsync(Servers.Stop, "AUTH", "app", "application-password");

        // The server takes both commands, and does them one after the other when it may write again: the application's is the first.
        govern.Call("CLIENT", "PAUSE", "60000", "WRITE");
        var write = writer.CallAsync(Servers.Stop, "SET", "contended", "new");
        await HeldAsync(govern, "app", "set");
        var restore = servers.A.RestoreLossAsync(report, dryRun: false, Unheard, Servers.Stop);
        await HeldAsync(govern, "holdfast-restorer", "restore");
        govern.Call("CLIENT", "UNPAUSE");

        await write;
        var done = await restore;
        Counts(done).ShouldBe((1, 0, 1, 0, 0, 0), Text(done));
        using var present = servers.Connect("b");
        (present.Call("GET", "contended"), present.Call("GET", "free")).ShouldBe(("new", "old"));
    }

    [Fact]
    public async Task A_primary_that_ends_on_the_way_is_told_and_another_run_brings_all_back_to_the_next()
    {
        await using var servers = await Servers.StartAsync();
        var report = await DeposeAsync(servers, _ => { }, client => client.Call("SET", "lost", "x"));
        using var govern = servers.Govern("b");
        govern.Call("CLIENT", "PAUSE", "60000", "WRITE");
        var restore = servers.A.RestoreLossAsync(report, dryRun: false, Unheard, Servers.Stop);
        await HeldAsync(govern, "holdfast-restorer", "restore");

        await servers.KillAsync(servers.B);

        var broken = await restore;
        Counts(broken).ShouldBe((0, 0, 0, 0, 0, 0), Text(broken));
        broken.Problem.ShouldNotBeNull().ShouldContain("b does not answer any more");
        await PromoteAsync(servers, servers.A);
        var done = await servers.A.RestoreLossAsync(report, dryRun: false, Unheard, Servers.Stop);
        Counts(done).ShouldBe((1, 0, 0, 0, 0, 0), Text(done));
        (done.Primary, done.Problem).ShouldBe(("a", null));
        using var present = servers.Connect("a");
        present.Call("GET", "lost").ShouldBe("x");
    }

    [Fact]
    public async Task A_primary_that_another_has_taken_over_from_meanwhile_is_not_trusted()
    {
        await using var servers = await Servers.StartAsync();
        var report = await DeposeAsync(servers, _ => { }, client => client.Call("SET", "lost", "x"));

        var done = await servers.A.RestoreLossAsync(
            report, dryRun: false, new Heard(() => PromoteAsync(servers, servers.A).GetAwaiter().GetResult()), Servers.Stop);

        done.Problem.ShouldNotBeNull().ShouldContain("a has taken over from b meanwhile");
        // The old one still says that it is the primary, too.
        var again = await servers.A.RestoreLossAsync(report, dryRun: false, Unheard, Servers.Stop);
        (again.Primary, again.Problem).ShouldBe(("a", null));
    }

    [Fact]
    public async Task Where_an_application_may_not_write_no_key_is_brought_back_and_who_brings_them_can_do_nothing_else()
    {
        await using var servers = await Servers.StartAsync();
        var report = await DeposeAsync(servers, _ => { }, client => client.Call("SET", "lost", "x"));
        using (var restorer = servers.Login("b", "holdfast-restorer", "restorer-password"))
        {
            foreach (var words in (string[][])[["GET", "lost"], ["SET", "lost", "y"], ["DEL", "lost"], ["CONFIG", "GET", "*"], ["SCAN", "0"], ["INFO"]])
            {
                Should.Throw<RedisRefusalException>(() => restorer.Call(words), string.Join(' ', words)).Message.ShouldStartWith("NOPERM");
            }

            await servers.B.SetGateAsync(open: false, Servers.Stop);
            Should.Throw<IOException>(() => restorer.Call("SELECT", "0"), "who is logged in is sent away");
        }

        (await Should.ThrowAsync<EngineException>(() => servers.A.RestoreLossAsync(report, dryRun: false, Unheard, Servers.Stop))).Message
            .ShouldContain("b takes no keys back now");
        Should.Throw<RedisRefusalException>(() => servers.Login("a", "holdfast-restorer", "restorer-password")).Message.ShouldStartWith("WRONGPASS");
        await servers.B.SetGateAsync(open: true, Servers.Stop);
        Counts(await servers.A.RestoreLossAsync(report, dryRun: false, Unheard, Servers.Stop)).Restored.ShouldBe(1);
        (await Should.ThrowAsync<EngineException>(() => servers.A.RestoreLossAsync("../" + report, dryRun: false, Unheard, Servers.Stop))).Message
            .ShouldContain("there is no report");
    }

    [Fact]
    public async Task What_a_newer_server_wrote_is_refused_in_words_that_are_understood()
    {
        await using var servers = await Servers.StartAsync();
        using var client = await RespConnection.ConnectAsync("127.0.0.1", servers.PortOf("a"), Servers.Stop, KeyText.Raw);
        await client.CallAsync(Servers.Stop, "AUTH", "app", "application-password");
        await client.CallAsync(Servers.Stop, "SET", "x", "y");
        var payload = (await client.CallAsync(Servers.Stop, "DUMP", "x")).Text!;

        // Two bytes of the last ten are the version.
        var refusal = (await client.CallAllAsync([["RESTORE", "z", "0", payload[..^10] + "\u00ff\u00ff" + payload[^8..]]], Servers.Stop))[0];

        refusal.IsError.ShouldBeTrue();
        RestoreRefusal.Explain(refusal.Text!, "Redis 99.0.0", "orders-2").ShouldStartWith("orders-2 cannot read what Redis 99.0.0 wrote");
    }

    /// <summary>'a' alone has what is written last; then 'b' is the primary, and 'a' its standby.</summary>
    /// <returns>The report's id.</returns>
    private static async Task<string> DeposeAsync(Servers servers, Action<RedisClient> before, Action<RedisClient> alone)
    {
        using (var client = servers.Connect("a"))
        {
            before(client);
            await servers.CaughtUpAsync();
            await servers.B.DetachAsync(Servers.Stop);
            alone(client);
            await Eventually.TrueAsync(
                () => client.Call("INFO", "persistence")!.Contains("aof_buffer_length:0", StringComparison.Ordinal), Servers.Soon, () => "the log is not written");
        }

        var fork = (await servers.SeenAsync(servers.B, view => view.Position is not null)).Position!.Value;
        await servers.KillAsync(servers.A);
        await PromoteAsync(servers, servers.B);
        var salvaged = await servers.A.SalvageAsync(fork, Servers.Stop);
        var report = (await servers.A.DecodeLossAsync(salvaged, null, Unheard, Servers.Stop)).ShouldNotBeNull();
        report.Gaps.ShouldBeEmpty();
        await servers.A.CloneAsync("b", Unheard, Servers.Stop);
        await servers.A.StartAsync(new StartSpec(MemberRole.Standby, SyncRule.Blocked, GateOpen: true, "b"), Servers.Stop);
        await servers.SeenAsync(servers.A, view => view is { Streaming: true, Position: not null });
        return report.Id;
    }

    private static async Task PromoteAsync(Servers servers, IMemberEngine engine)
    {
        await engine.DetachAsync(Servers.Stop);
        await engine.SetSyncAsync(SyncRule.None, Servers.Stop);
        await engine.PromoteAsync(Servers.Stop);
        await Eventually.TrueAsync(
            async () => await engine.ObserveAsync(Servers.Stop) is { Role: MemberRole.Primary, Position: not null }, Servers.Soon, () => "it is not promoted");
        await servers.SeenAsync(servers.B, _ => true);
    }

    /// <summary>Until the server holds a command of that user's back.</summary>
    private static Task HeldAsync(RedisClient govern, string user, string command) => Eventually.TrueAsync(
        () => govern.Call("CLIENT", "LIST")!.Split('\n').Any(line =>
            line.Contains($"user={user} ", StringComparison.Ordinal) && line.Contains($"cmd={command} ", StringComparison.Ordinal)),
        Servers.Soon, () => govern.Call("CLIENT", "LIST")!);

    private static void Fill(RedisClient client, string database)
    {
        foreach (var words in (string[][])
        [
            ["SELECT", database], ["SET", "ünsplit key", "text"], ["HSET", "hash", "user", "Ann", "cart", "3"], ["RPUSH", "list", "a", "b", "a"],
            ["SADD", "set", "a"], ["ZADD", "zset", "1.5", "a", "-inf", "b"], ["SET", "expiring", "x", "PXAT", "4000000000123"],
            ["XADD", "stream", "1-1", "field", "value"], ["XADD", "stream", "2-1", "field", "value"], ["XGROUP", "CREATE", "stream", "group", "0"],
            ["XREADGROUP", "GROUP", "group", "consumer", "COUNT", "1", "STREAMS", "stream", ">"], ["SET", "long", new string('x', 100_000)],
            ["SELECT", "0"],
        ])
        {
            client.Call(words);
        }
    }

    /// <summary>What <see cref="Fill"/> makes, by database and key; empty where it is not.</summary>
    private static Dictionary<string, string> Read(RedisClient client)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var database in (string[])["0", "3"])
        {
            client.Call("SELECT", database);
            foreach (var (key, reads) in (ReadOnlySpan<(string, string[][])>)
            [
                ("ünsplit key", [["GET", "ünsplit key"], ["PEXPIRETIME", "ünsplit key"]]), ("hash", [["HGETALL", "hash"]]), ("list", [["LRANGE", "list", "0", "-1"]]),
                ("set", [["SMEMBERS", "set"]]), ("zset", [["ZRANGE", "zset", "0", "-1", "WITHSCORES"]]), ("expiring", [["PEXPIRETIME", "expiring"]]),
                ("stream", [["XRANGE", "stream", "-", "+"], ["XINFO", "GROUPS", "stream"], ["XPENDING", "stream", "group"]]), ("long", [["STRLEN", "long"]]),
            ])
            {
                all[$"{database} {key}"] = client.Call("EXISTS", key) == "0" ? "" : string.Join("; ", reads.Select(words => Lasting(client.Call(words)!)));
            }
        }

        client.Call("SELECT", "0");
        return all;
    }

    /// <summary>How many entries a group has read is not in a server's log.</summary>
    private static string Lasting(string reply) => reply.Split("\nentries-read")[0];

    private static (long Restored, long Same, long Other, long Removed, long Expired, long Failed) Counts(LossRestored done) =>
        (done.Restored.Count, done.Same.Count, done.Other.Count, done.Removed.Count, done.Expired.Count, done.Failed.Count);

    private static string Text(LossRestored done) => System.Text.Json.JsonSerializer.Serialize(done, LossJson.Plain.LossRestored);

    /// <summary>Does something once keys have been looked at, before anything else goes on.</summary>
    private sealed class Heard(Action once) : IProgress<JobProgress>
    {
        private bool _done;

        public void Report(JobProgress value)
        {
            if (!_done && value.What.EndsWith("keys", StringComparison.Ordinal))
            {
                _done = true;
                once();
            }
        }
    }
}
