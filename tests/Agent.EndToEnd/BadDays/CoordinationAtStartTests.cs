using Holdfast.Harness.Etcd;
using Holdfast.Harness.Files;
using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.BadDays;

/// <summary>Coordination that cannot be used when an agent starts: it says why, waits, and goes on when that is mended.</summary>
[Trait("Speed", "Slow")]
public sealed class CoordinationAtStartTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task An_agent_waits_for_an_etcd_that_is_down_and_says_so()
    {
        await using var group = await Group.PrepareAsync(new GroupOptions { Members = 1 });
        await group.Etcd.Servers[0].KillAsync();
        group.StartAgents();
        var host = group.Hosts[0];

        var waiting = await host.SaysAsync(status => !status.CoordinationReachable, Soon, "coordination is away");
        waiting.CoordinationProblem.ShouldNotBeNullOrEmpty();
        await host.LogsAsync(group.Etcd.Endpoints[0].Authority, Soon);
        Directory.Exists(host.Data).ShouldBeFalse();

        await group.Etcd.Servers[0].StartAsync();
        await host.SaysAsync(status => status.Primary == "m1" && status.Of("m1").Healthy, Group.Patience, "it serves");
    }

    [Fact]
    public async Task A_wrong_password_for_etcd_is_said_in_the_log_and_in_status()
    {
        using var folder = new TemporaryFolder("password");
        Group.WritePrivate(folder.File("password"), "not-the-password\n");
        await using var group = await Group.PrepareAsync(
            new GroupOptions { Members = 1, Coordination = ["user: root", $"password: \"file:{folder.File("password")}\""] },
            new EtcdOptions { RootPassword = "the-password-of-root" });
        group.StartAgents();
        var host = group.Hosts[0];

        await host.LogsAsync("password", Soon);
        var status = await host.SaysAsync(status => status.CoordinationProblem?.Contains("password", StringComparison.Ordinal) == true, Soon, "the password is wrong");
        status.CoordinationReachable.ShouldBeFalse();
        host.Log().ShouldNotContain("not-the-password");

        await host.StopAgentAsync();
        Group.WritePrivate(folder.File("password"), "the-password-of-root\n");
        host.StartAgent();
        await host.SaysAsync(status => status.Primary == "m1" && status.Of("m1").Healthy, Group.Patience, "it serves");
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_said_in_the_log_and_in_status()
    {
        using var folder = new TemporaryFolder("certificates");
        var right = EtcdCertificates.Create(folder.File("right"));
        var wrong = EtcdCertificates.Create(folder.File("wrong"));
        await using var group = await Group.PrepareAsync(
            new GroupOptions { Members = 1, Coordination = [$"tls: {{ ca: \"{wrong.CaFile}\" }}"] }, new EtcdOptions { Certificates = right });
        group.StartAgents();
        var host = group.Hosts[0];

        await host.LogsAsync("certificate", Soon);
        await host.SaysAsync(
            status => !status.CoordinationReachable && status.CoordinationProblem?.Contains("certificate", StringComparison.Ordinal) == true,
            Soon, "the certificate is not trusted");

        await host.StopAgentAsync();
        group.Configure(group.Options with { Coordination = [$"tls: {{ ca: \"{right.CaFile}\" }}"] });
        host.StartAgent();
        await host.SaysAsync(status => status.Primary == "m1" && status.Of("m1").Healthy, Group.Patience, "it serves");
    }
}
