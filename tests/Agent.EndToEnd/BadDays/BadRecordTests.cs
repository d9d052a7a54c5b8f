using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.BadDays;

/// <summary>The record in etcd cannot be used: the members go on as they are, say so, and change nothing.</summary>
[Collection(QuietGroup.Name)]
[Trait("Speed", "Slow")]
public sealed class BadRecordTests(ZeroLossGroup shared)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("this is not a record", "not JSON (line 1, column 2)")]
    [InlineData("""{"format":1,"epoch":0,"primary":"m1","candidates":["m1"],"acks":1,"mode":"zero-loss","lineage":[]}""", "contradictory")]
    [InlineData("""{"format":99,"somethingNew":true}""", "format 99")]
    public async Task The_members_go_on_and_say_so(string bad, string expected)
    {
        var group = shared.Group;
        var primary = await group.PrimaryAsync();
        var good = await group.KeyAsync("record");
        var servers = group.Hosts.Select(host => host.Postmaster).ToList();
        await using var writer = await RowWriter.StartAsync(group.Rows);

        await group.PutKeyAsync("record", bad);
        try
        {
            foreach (var host in group.Hosts)
            {
                var status = await host.SaysAsync(status => status.Rule == "ID.unreadable", Soon, "the record is unusable");
                status.Of(host.Name).Fault!.ShouldContain(expected);
                status.CoordinationProblem!.ShouldContain($"{Group.KeyPrefix}record");
            }

            await writer.MoreAsync(100, Soon);
            (await group.KeyAsync("record")).ShouldBe(bad);
            group.Hosts.Select(host => host.Postmaster).ShouldBe(servers);
        }
        finally
        {
            // Other tests go on with this group.
            await group.PutKeyAsync("record", good!);
        }

        (await group.HealthyAsync()).Primary.ShouldBe(primary.Name);
        (await writer.LostAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_agent_that_restarts_meanwhile_touches_nothing()
    {
        var group = shared.Group;
        var primary = await group.PrimaryAsync();
        var good = await group.KeyAsync("record");
        var server = primary.Postmaster;
        await group.PutKeyAsync("record", """{"format":99}""");
        await primary.KillAgentAsync();
        primary.StartAgent();

        await primary.SaysAsync(status => status.Rule == "ID.unreadable", Soon, "the record is unusable");

        primary.Postmaster.ShouldBe(server);
        (await group.KeyAsync("record")).ShouldBe("""{"format":99}""");
        await group.PutKeyAsync("record", good!);
        (await group.HealthyAsync()).Primary.ShouldBe(primary.Name);
    }
}
