using System.Diagnostics;
using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Agent.EndToEnd.Birth;

/// <summary>R0: how a group comes to be, also out of data that is there already.</summary>
[Trait("Speed", "Slow")]
public sealed class BirthTests
{
    private const string Programs = "/usr/lib/postgresql/15/bin";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task An_agent_killed_in_the_middle_of_the_first_initdb_begins_it_again()
    {
        await using var group = await Group.PrepareAsync(new GroupOptions { Members = 1 });
        var host = group.Hosts[0];
        group.StartAgents();
        await HostProcesses.CatchAsync(host.Folder, "initdb", Soon);
        (await group.RecordAsync()).TryGetProperty("systemId", out _).ShouldBeFalse();

        await host.KillAgentAsync();
        host.StartAgent();

        await host.SaysAsync(status => status.Primary == "m1" && status.Of("m1").Healthy, Soon, "it serves");
        await group.Rows.CreateAsync(host);
        await using var writer = await RowWriter.StartAsync(group.Rows);
    }

    [Fact]
    public async Task Existing_data_is_adopted_with_its_rows_and_data_of_another_store_is_left_alone()
    {
        await using var group = await Group.PrepareAsync();
        var (first, stranger, empty) = (group.Hosts[0], group.Hosts[1], group.Hosts[2]);
        await InitialiseAsync(first);
        await InitialiseAsync(stranger);
        var foreign = Fingerprint(stranger);

        first.StartAgent();
        await first.SaysAsync(status => status.Primary == first.Name && status.Of(first.Name).Healthy, Soon, "it serves");
        first.Log().ShouldContain("rule=R0.adopt");
        stranger.StartAgent();
        empty.StartAgent();

        await empty.SaysAsync(status => status.Of(empty.Name).Healthy, Soon, "it follows");
        var refused = await stranger.SaysAsync(status => status.Rule == "ID.foreign-system", Soon, "its data is another store's");
        refused.Of(stranger.Name).Fault!.ShouldContain("system identifier");
        Fingerprint(stranger).ShouldBe(foreign);
        stranger.Postmaster.ShouldBeNull();
        foreach (var host in (MemberHost[])[first, empty])
        {
            (await host.AskAsync<long>("select count(*) from before_holdfast")).ShouldBe(1000);
        }
    }

    /// <summary>What an administrator had before: a server with a table, shut down in good order.</summary>
    private static async Task InitialiseAsync(MemberHost host)
    {
        await RunAsync("initdb", "--pgdata", host.Data, "--username", "postgres", "--auth", "trust", "--no-sync");
        await RunAsync("pg_ctl", "start", "--wait", "--silent", "--pgdata", host.Data, "--log", Path.Combine(host.Folder, "before.log"),
            "--options", $"-c listen_addresses='' -c unix_socket_directories={host.Folder} -p {host.Port}");
        await RunAsync("psql", "--quiet", "--host", host.Folder, "--port", $"{host.Port}", "--username", "postgres", "--command",
            "create table before_holdfast as select generate_series(1, 1000) as id");
        await RunAsync("pg_ctl", "stop", "--wait", "--silent", "--pgdata", host.Data, "--mode", "fast");
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Programs, program), arguments) { UseShellExecute = false, RedirectStandardOutput = program == "initdb" };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        await (program == "initdb" ? process.StandardOutput.ReadToEndAsync() : Task.FromResult(""));
        await process.WaitForExitAsync().WaitAsync(Soon);
        process.ExitCode.ShouldBe(0, program);
    }

    private static string Fingerprint(MemberHost host) => string.Join('\n', Directory
        .EnumerateFiles(host.Data, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(path => $"{path} {new FileInfo(path).Length} {File.GetLastWriteTimeUtc(path).Ticks}"));
}
