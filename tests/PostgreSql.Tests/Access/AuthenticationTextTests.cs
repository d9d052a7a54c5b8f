using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Access;

public class AuthenticationTextTests
{
    [Fact]
    public async Task Every_member_of_both_sites_may_replicate_rewind_and_ask_whatever_the_gate()
    {
        await using var group = new TestGroup(3, remote: "c", shape: (store, _) => store with
        {
            Members = store.Members
                .SetItem("b", store.Members["b"] with { Address = new Endpoint("10.0.1.2", 5432) })
                .SetItem("c", store.Members["c"] with { Address = new Endpoint("fd00::3", 5432) }),
        });
        var layout = new Layout(group.Spec("a"));
        layout.Prepare();
        var files = new AuthenticationFiles(group.Store, (PostgreSqlSpec)group.Store.Engine, layout);
        foreach (var open in (bool[])[true, false])
        {
            files.Write(open);
            var lines = await File.ReadAllLinesAsync(layout.HostAuthentication);
            foreach (var address in (string[])["127.0.0.0/8", "10.0.1.2/32", "fd00::3/128"])
            {
                lines.ShouldContain($"host replication holdfast_replication {address} scram-sha-256");
                lines.ShouldContain($"host postgres holdfast_rewind,holdfast_health {address} scram-sha-256");
            }
        }
    }
}
