using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Agent.EndToEnd.Leases;

/// <summary>Taking over would lose more than is allowed: the members refuse, and an operator may decide.</summary>
[Trait("Speed", "Slow")]
public sealed class AcceptedLossTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Standbys_further_behind_than_the_objective_refuse_until_an_operator_accepts_the_loss()
    {
        await using var group = await Group.StartAsync(new GroupOptions { Rpo = "4s" }.WithTiming("lease", "2s"));
        var old = await group.PrimaryAsync();
        var standbys = group.Others(old).ToList();
        var receivers = standbys.SelectMany(host => HostProcesses.Named(host.Folder, "walreceiver")).ToList();
        receivers.Count.ShouldBe(2);
        receivers.ForEach(pid => Posix.Send(pid, Signal.Stop));
        // More than sockets hold: what is in them still arrives after the crash.
        await old.AskAsync<string>("select pg_logical_emit_message(false, 'test', repeat('x', 60000000))::text");
        await Task.WhenAll(standbys.Select(host => host.SaysAsync(status => status.Of(host.Name).LagBytes > 50_000_000, Soon, "it is far behind")));
        await Task.Delay(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        await old.CrashAsync();
        receivers.ForEach(pid => Posix.Send(pid, Signal.Continue));

        foreach (var host in standbys)
        {
            var refusal = await host.SaysAsync(status => status.Rule == "R6.refuse", Soon, "it refuses");
            refusal.Reason!.ShouldContain("more than the RPO of 4.0 s");
            refusal.Reason!.ShouldContain("--accept-data-loss");
        }

        var refused = await group.RunAsync("failover", "--yes");
        refused.ExitCode.ShouldBe(1, refused.Output);
        refused.Output.ShouldContain("--accept-data-loss");
        (await group.RecordAsync()).GetProperty("primary").GetString().ShouldBe(old.Name);

        var accepted = await group.RunAsync("failover", "--accept-data-loss", "--yes");
        accepted.ExitCode.ShouldBe(0, accepted.Output);
        old.StartAgent();
        (await group.HealthyAsync()).Primary.ShouldNotBe(old.Name);
        Directory.GetDirectories(old.Salvage).ShouldHaveSingleItem();
    }
}
