using Holdfast.Harness;
using Holdfast.Harness.Etcd;
using Holdfast.Harness.Files;
using Holdfast.Harness.Ports;
using Holdfast.Harness.Processes;

namespace Holdfast.Coordination.Tests.Harness;

public class HarnessTests
{
    [Fact]
    public void Ports_are_all_different() => FreePorts.Take(50).Distinct().Count().ShouldBe(50);

    [Fact]
    public async Task A_child_is_ended_by_pid_and_its_output_is_kept()
    {
        using var folder = new TemporaryFolder("child");
        var child = ChildProcess.Start("/bin/sh", ["-c", "echo hello; exec sleep 600"], folder.File("log"));
        await Eventually.TrueAsync(() => child.LogTail() == "hello", TimeSpan.FromSeconds(60), () => child.LogTail());
        await child.DisposeAsync();
        Posix.State(child.Id).ShouldBeNull();
    }

    [Fact]
    public async Task Children_and_folders_vanish_when_their_starter_is_killed()
    {
        if (Environment.GetEnvironmentVariable("HOLDFAST_HARNESS_VICTIM") is { } report)
        {
            var folder = new TemporaryFolder("victim");
            var mine = ChildProcess.Start("sleep", ["600"], folder.File("log"));
            await mine.FreezeAsync();
            await File.WriteAllTextAsync(report + ".new", $"{mine.Id} {folder.Path}");
            File.Move(report + ".new", report);
            await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
        }

        using var own = new TemporaryFolder("starter");
        var file = own.File("report");
        await using var starter = ChildProcess.Start(
            "dotnet", [typeof(HarnessTests).Assembly.Location, "-method",
                $"*{nameof(Children_and_folders_vanish_when_their_starter_is_killed)}"],
            own.File("log"), environment: new Dictionary<string, string?> { ["HOLDFAST_HARNESS_VICTIM"] = file });
        await Eventually.TrueAsync(() => File.Exists(file), TimeSpan.FromSeconds(30), () => starter.LogTail());
        var parts = (await File.ReadAllTextAsync(file)).Split(' ');
        var pid = int.Parse(parts[0]);
        Posix.State(pid).ShouldBe('T');

        await starter.KillAsync();

        await Eventually.TrueAsync(() => Posix.State(pid) is null or 'Z', TimeSpan.FromSeconds(60), () => $"process {pid} lives on");
        await Eventually.TrueAsync(() => !Directory.Exists(parts[1]), TimeSpan.FromSeconds(60), () => $"{parts[1]} is still there");
    }

    [Fact]
    public async Task An_etcd_that_cannot_start_shows_the_end_of_its_log()
    {
        using var folder = new TemporaryFolder("bad");
        var certificates = EtcdCertificates.Create(folder.Path) with { ServerFile = folder.File("missing.pem") };
        var fault = await Should.ThrowAsync<InvalidOperationException>(
            () => EtcdCluster.StartAsync(new EtcdOptions { Certificates = certificates }));
        fault.Message.ShouldContain("missing.pem");
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_cluster_of_three_elects_a_leader_and_a_killed_server_comes_back()
    {
        await using var cluster = await EtcdCluster.StartAsync(new EtcdOptions { Servers = 3 });
        var leader = (await cluster.Admin.LeaderAsync()).ShouldNotBeNull();
        await leader.KillAsync();
        await leader.StartAsync();
        await Eventually.TrueAsync(async () => await cluster.Admin.LeaderAsync() is not null, TimeSpan.FromSeconds(60), () => "no leader");
    }
}
