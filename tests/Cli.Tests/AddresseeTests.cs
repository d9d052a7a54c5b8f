using System.Collections.Immutable;
using System.Net;
using Holdfast.Agent.Tests.Api;
using Holdfast.Cli.Client;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Tests;

/// <summary>The file of whoever calls does not agree with the agents that run: nothing may be done to the wrong member.</summary>
public sealed class AddresseeTests
{
    [Theory]
    [InlineData("reinit orders-fra-2 --yes")]
    [InlineData("restart orders-fra-3 --yes")]
    [InlineData("restart orders-fra-2 --pending --yes")]
    public async Task With_swapped_addresses_no_other_member_is_wiped_or_restarted(string verb)
    {
        await using var group = await RunningGroup.StartAsync();
        var run = await new Shell(Swapped(group.System)).RunAsync(verb);
        run.Code.ShouldBe(1);
        run.Error.ShouldContain("nothing was done: the agent on 127.0.0.1:");
        run.Error.ShouldContain("of system grid-control, store orders, not of orders-fra-");
        run.Error.ShouldContain("compare the members' agent addresses");
        run.Out.ShouldBeEmpty();
        group.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task With_the_file_of_another_system_nothing_is_done()
    {
        await using var group = await RunningGroup.StartAsync();
        var run = await new Shell(group.System with { Name = "walk" }).RunAsync("reinit orders-fra-2 --yes");
        run.Code.ShouldBe(1);
        run.Error.ShouldContain("is that of orders-fra-2 of system grid-control, store orders, not of orders-fra-2");
        group.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Each_changing_request_says_whom_it_is_meant_for_so_that_the_agent_refuses_it()
    {
        await using var group = await RunningGroup.StartAsync();
        var swapped = Swapped(group.System);
        using var client = new AgentClient(swapped, TimeProvider.System);
        var member = swapped.FindMember("orders-fra-2")!.Value.Member;
        var answer = await client.ChangeAsync(member, "v1/reinit", body: null, TestContext.Current.CancellationToken);
        answer.Status.ShouldBe(HttpStatusCode.MisdirectedRequest);
        answer.Problem!.ShouldContain("this is the agent of orders-fra-3 of system grid-control, not of orders-fra-2");
        answer.NotSent.ShouldBeFalse();
        (await client.LossesAsync(member, TestContext.Current.CancellationToken)).Status.ShouldBe(HttpStatusCode.MisdirectedRequest);
        group.Calls.ShouldBeEmpty();
    }

    /// <summary>orders-fra-2 and orders-fra-3 have each other's agent address.</summary>
    private static SystemSpec Swapped(SystemSpec system)
    {
        var store = system.Stores["orders"];
        var (second, third) = (store.Members["orders-fra-2"], store.Members["orders-fra-3"]);
        var members = store.Members
            .SetItem(second.Name, second with { Agent = third.Agent })
            .SetItem(third.Name, third with { Agent = second.Agent });
        return system with { Stores = system.Stores.SetItem("orders", store with { Members = members }) };
    }
}
