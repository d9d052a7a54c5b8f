using System.Diagnostics;
using System.Text.Json;
using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Redis.EndToEnd;

/// <summary>A group of Redis servers is born, loses its primary in several ways, and moves it, under load. Outages are told, not judged.</summary>
[Trait("Speed", "Slow")]
public sealed class LifeTests(RedisGroup shared, ITestOutputHelper output) : IClassFixture<RedisGroup>
{
    private Group Group => shared.Group;

    [Fact]
    public async Task Who_is_born_and_cloned_serves_and_follows()
    {
        var primary = await Group.PrimaryAsync();
        await using var writer = await KeyWriter.StartAsync(Group.Keys);
        await writer.MoreAsync(100, RedisGroup.Soon);

        (await Group.HealthyAsync()).Mode.ShouldBe("lease");
        Group.Hosts.Count(host => host.Log().Contains("rule=R0.initialise", StringComparison.Ordinal)).ShouldBe(1);
        Group.Hosts.Count(host => host.Log().Contains("rule=R8.clone", StringComparison.Ordinal)).ShouldBe(Group.Hosts.Length - 1);
        writer.Keys.ShouldAllBe(key => key.Port == primary.Port);
        foreach (var standby in Group.Others(primary))
        {
            await Eventually.TrueAsync(
                () => writer.Keys.Take(100).All(key => Group.Keys.Ids(standby.Port).Contains(key.Id)), RedisGroup.Soon,
                () => $"{standby.Name} lacks keys:\n{Group.Logs()}");
        }
    }

    [Fact]
    public async Task The_servers_are_of_the_kind_that_the_file_names()
    {
        var primary = await Group.PrimaryAsync();
        using var client = Group.Keys.Connect(primary.Port);

        // Valkey tells a version of Redis, too, for clients that look for it.
        client.Call("INFO", "server")!.Contains("valkey_version:", StringComparison.Ordinal).ShouldBe(GroupOptions.Redis.StartsWith('v'));
    }

    [Fact]
    public async Task A_killed_server_is_replaced_and_comes_back_as_a_standby()
    {
        var old = await Group.PrimaryAsync();
        await using var writer = await KeyWriter.StartAsync(Group.Keys);
        await writer.MoreAsync(100, RedisGroup.Soon);
        var killed = Stopwatch.GetTimestamp();

        old.KillServer();

        await Group.TakenOverAsync(old, RedisGroup.Soon);
        await CheckAsync(writer, old, killed, "killed server");
    }

    [Fact]
    public async Task A_frozen_host_is_replaced_and_comes_back_as_a_standby_when_it_thaws()
    {
        var old = await Group.PrimaryAsync();
        await using var writer = await KeyWriter.StartAsync(Group.Keys);
        await writer.MoreAsync(100, RedisGroup.Soon);
        var frozen = Stopwatch.GetTimestamp();

        await old.FreezeAsync();

        await Group.TakenOverAsync(old, RedisGroup.Soon);
        await writer.GoesOnAsync(RedisGroup.Soon);
        old.Thaw();
        await CheckAsync(writer, old, frozen, "frozen host");
    }

    [Fact]
    public async Task A_switchover_loses_nothing_and_nobody_needs_a_full_copy()
    {
        var old = await Group.PrimaryAsync();
        var target = Group.Others(old).First();
        var copies = Copies();
        await using var writer = await KeyWriter.StartAsync(Group.Keys);
        var begun = Stopwatch.GetTimestamp();

        var outcome = await Group.RunAsync("switchover", "--to", target.Name, "--yes");

        outcome.ExitCode.ShouldBe(0, outcome.Output + Group.Logs());
        (await Group.HealthyAsync()).Primary.ShouldBe(target.Name);
        await writer.GoesOnAsync(RedisGroup.Soon);
        output.WriteLine($"switchover: longest time without an acknowledged write {writer.LongestGap(begun).TotalMilliseconds:F0} ms");
        writer.Lost(target.Port).ShouldBeEmpty();
        Copies().ShouldBe(copies, Group.Logs());
    }

    [Fact]
    public async Task What_a_deposed_primary_alone_had_is_kept_and_listed()
    {
        var old = await Group.PrimaryAsync();
        var key = $"alone:{Guid.NewGuid():N}";
        var both = $"both:{Guid.NewGuid():N}";
        using var client = Group.Keys.Connect(old.Port);
        client.Call("SET", both, "before");
        await old.FreezeAsync();
        var taker = await Group.TakenOverAsync(old, RedisGroup.Soon);

        // The server thaws before those who would stop it: it knows of no successor, and acknowledges.
        Posix.Send(old.Postmaster.ShouldNotBeNull(), Signal.Continue);
        client.Call("HSET", key, "user", "Ann", "cart", "3").ShouldBe("2");
        client.Call("SET", both, "after");
        // What is not in the log yet goes when the server is killed, decision record 0026.
        await Eventually.TrueAsync(
            () => client.Call("INFO", "persistence")!.Contains("aof_buffer_length:0", StringComparison.Ordinal), RedisGroup.Soon, () => "the log is not written");
        old.Thaw();
        await Group.HealthyAsync();

        var outcome = await Group.RunAsync("loss", "orders", "--member", old.Name);
        outcome.ExitCode.ShouldBe(0, outcome.Output);
        output.WriteLine(outcome.Output);
        // Lines are broken where the screen ends.
        var words = string.Join(' ', outcome.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        words.ShouldContain($"key={key} type=hash value=[\"cart\": \"3\", \"user\": \"Ann\"]", customMessage: old.Log());
        words.ShouldContain($"key={both} type=string value=after");
        Directory.EnumerateDirectories(old.Salvage).ShouldNotBeEmpty();
        using var present = Group.Keys.Connect(taker.Port);
        present.Call("GET", both).ShouldBe("before");
        using var returned = Group.Keys.Connect(old.Port);
        returned.Call("EXISTS", key).ShouldBe("0");

        words.ShouldContain(" --restore' brings back the keys that the present primary lacks");
        var restore = (string[])["loss", "orders", "--member", old.Name, "--report", Path.GetFileName(Directory.EnumerateDirectories(old.Salvage).Max()!), "--restore"];
        var dry = await Group.RunAsync([.. restore, "--dry-run"]);
        dry.ExitCode.ShouldBe(0, dry.Output + Group.Logs());
        output.WriteLine(dry.Output);
        present.Call("EXISTS", key).ShouldBe("0");
        var brought = await Group.RunAsync([.. restore, "--yes", "--json"]);
        brought.ExitCode.ShouldBe(0, brought.Output + Group.Logs());
        Keys(brought.Output, "restored").ShouldContain(key);
        Keys(brought.Output, "other").ShouldContain(both);
        (present.Call("HGET", key, "user"), present.Call("GET", both)).ShouldBe(("Ann", "before"));
        await Eventually.TrueAsync(() => returned.Call("HGET", key, "cart") == "3", RedisGroup.Soon, () => "the standby does not get it");
        present.Call("HSET", key, "cart", "4");
        var again = await Group.RunAsync([.. restore, "--yes", "--json"]);
        again.ExitCode.ShouldBe(0, again.Output + Group.Logs());
        Keys(again.Output, "restored").ShouldBeEmpty();
        Keys(again.Output, "other").ShouldContain(key);
        present.Call("HGET", key, "cart").ShouldBe("4");
    }

    [Fact]
    public async Task A_store_that_was_flushed_gets_its_history_back_and_can_be_moved()
    {
        var primary = await Group.PrimaryAsync();
        using var client = Group.Keys.Connect(primary.Port);

        client.Call("FLUSHALL");

        await Eventually.TrueAsync(
            () => client.Call("HGET", "holdfast:history", "system") is not null, RedisGroup.Soon, () => $"the history does not come back:\n{primary.Log()}");
        var outcome = await Group.RunAsync("switchover", "--yes");
        outcome.ExitCode.ShouldBe(0, outcome.Output + Group.Logs());
        (await Group.HealthyAsync()).Primary.ShouldNotBe(primary.Name);
    }

    [Fact]
    public async Task Passwords_are_in_files_for_their_owner_only_and_in_no_argument_list()
    {
        var primary = await Group.PrimaryAsync();
        var files = (string[])["redis.conf", "users.acl", "control.password", "server.json"];
        files.ShouldAllBe(file => File.GetUnixFileMode(Path.Combine(primary.Own, file)) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        var conf = File.ReadAllText(Path.Combine(primary.Own, "redis.conf"));
        var password = conf.Split('\n').Single(line => line.StartsWith("masterauth", StringComparison.Ordinal)).Split('"')[1];
        password.Length.ShouldBeGreaterThan(20);
        var control = File.ReadAllText(Path.Combine(primary.Own, "control.password")).Trim();

        foreach (var pid in HostProcesses.Of(primary.Folder))
        {
            var told = File.ReadAllText($"/proc/{pid}/cmdline") + File.ReadAllText($"/proc/{pid}/environ");
            (told.Contains(password, StringComparison.Ordinal) || told.Contains(control, StringComparison.Ordinal)).ShouldBeFalse($"process {pid} shows a password");
        }

        File.ReadAllText(Path.Combine(primary.Own, "users.acl")).ShouldNotContain(password);
        primary.Log().ShouldNotContain(password);
    }

    [Fact]
    public async Task An_application_can_neither_govern_a_server_nor_write_to_a_standby()
    {
        var primary = await Group.PrimaryAsync();
        using var application = Group.Keys.Connect(primary.Port);
        foreach (var words in (string[][])
        [
            ["CONFIG", "GET", "*"], ["ACL", "LIST"], ["REPLICAOF", "NO", "ONE"], ["SHUTDOWN", "NOSAVE"], ["FAILOVER"], ["MONITOR"],
        ])
        {
            Should.Throw<RedisRefusalException>(() => application.Call(words), string.Join(' ', words)).Message.ShouldStartWith("NOPERM");
        }

        Should.Throw<RedisRefusalException>(() => application.Call("DEBUG", "RELOAD"));
        Should.Throw<RedisRefusalException>(() => new RedisClient(primary.Port, "default", "")).Message.ShouldStartWith("WRONGPASS");
        using var reader = Group.Keys.Connect(Group.Others(primary).First().Port);
        Should.Throw<RedisRefusalException>(() => reader.Call("SET", "x", "y")).Message.ShouldStartWith("READONLY");
    }

    [Fact]
    public async Task Members_are_compared_key_by_key_while_writes_go_on()
    {
        var primary = await Group.PrimaryAsync();
        var standby = Group.Others(primary).First();
        var state = Path.Combine(Group.Folder, "verify.json");
        await using var writer = await KeyWriter.StartAsync(Group.Keys);
        await writer.MoreAsync(100, RedisGroup.Soon);
        var equal = await Group.RunAsync("verify", "--unthrottled", "--state", state);
        equal.ExitCode.ShouldBe(0, equal.Output + Group.Logs());
        equal.Output.ShouldContain($"equal: {primary.Name} and ");
        using var client = Group.Keys.Connect(primary.Port);
        client.Call("SET", "same", "x");
        using var behind = new RedisClient(standby.Port, "holdfast", File.ReadAllText(Path.Combine(standby.Own, "control.password")).Trim());
        await Eventually.TrueAsync(() => behind.Call("GET", "same") == "x", RedisGroup.Soon, () => "it does not arrive");

        behind.Call("CONFIG", "SET", "replica-read-only", "no");
        behind.Call("SET", "same", "y");
        behind.Call("SET", "only there", "y");
        var different = await Group.RunAsync("verify", "--unthrottled", "--state", state, "--json");
        behind.Call("SET", "same", "x");
        behind.Call("DEL", "only there");
        behind.Call("CONFIG", "SET", "replica-read-only", "yes");

        different.ExitCode.ShouldBe(4, different.Output + Group.Logs());
        using (var json = JsonDocument.Parse(different.Output))
        {
            json.RootElement.GetProperty("undecided").GetArrayLength().ShouldBe(0, different.Output);
            json.RootElement.GetProperty("differences").EnumerateArray()
                .Select(one => $"{one.GetProperty("kind")} {one.GetProperty("member")} {one.GetProperty("database")} {one.GetProperty("key")}")
                .ShouldBe([$"ChangedValue {standby.Name} 0 key=same", $"ExtraKey {standby.Name} 0 key=only there"], ignoreOrder: true);
        }

        (await Group.RunAsync("verify", "--members", $"{primary.Name},{standby.Name}", "--throttle", "50%", "--state", state)).ExitCode.ShouldBe(0);
    }

    private static List<string?> Keys(string output, string fate)
    {
        using var json = JsonDocument.Parse(output);
        return [.. json.RootElement.GetProperty(fate).GetProperty("first").EnumerateArray().Select(one => one.GetProperty("key").GetString())];
    }

    /// <summary>How many full copies the servers have asked for in all.</summary>
    private int Copies() => Group.Hosts.Sum(host => File.ReadLines(host.ServerLog).Count(line => line.Contains("Full resync from", StringComparison.Ordinal)));

    /// <summary>Writes go on, everybody is healthy, the old one follows, and what was lost is within what the store allows.</summary>
    private async Task CheckAsync(KeyWriter writer, MemberHost old, long struck, string what)
    {
        await writer.GoesOnAsync(RedisGroup.Soon);
        var healthy = await Group.HealthyAsync();
        healthy.Primary.ShouldNotBe(old.Name);
        healthy.Of(old.Name).Role.ShouldBe("standby");
        await writer.GoesOnAsync(RedisGroup.Soon);
        output.WriteLine($"{what}: longest time without an acknowledged write {writer.LongestGap(struck).TotalMilliseconds:F0} ms");
        var lost = writer.Lost(Group.Host(healthy.Primary!).Port);
        output.WriteLine($"{what}: {lost.Count} of {writer.Keys.Count} acknowledged writes lost");
        var allowed = struck - (10 * Stopwatch.Frequency);
        lost.ShouldAllBe(key => key.At > allowed && key.Port == old.Port);
    }
}
