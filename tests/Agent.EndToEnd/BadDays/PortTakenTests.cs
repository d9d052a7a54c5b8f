using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.BadDays;

[Trait("Speed", "Slow")]
public sealed class PortTakenTests
{
    [Fact]
    public async Task A_server_whose_port_is_taken_says_so_and_starts_when_it_is_free()
    {
        await using var group = await Group.PrepareAsync(new GroupOptions { Members = 1 });
        var host = group.Hosts[0];
        using (var listener = new TcpListener(IPAddress.Loopback, host.Port))
        {
            listener.Start();
            group.StartAgents();

            var status = await host.SaysAsync(
                status => status.Of("m1").Fault?.Contains("port", StringComparison.Ordinal) == true, TimeSpan.FromSeconds(40), "its port is taken");
            status.Of("m1").Fault!.ShouldContain("is taken");
            host.ServerLog.ShouldSatisfyAllConditions(
                log => File.ReadAllText(log).ShouldContain(host.Port.ToString(CultureInfo.InvariantCulture)));
        }

        var well = await host.SaysAsync(status => status.Primary == "m1" && status.Of("m1").Healthy, Group.Patience, "it serves");
        well.Of("m1").Fault.ShouldBeNull();
    }
}
