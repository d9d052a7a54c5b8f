using System.Diagnostics;
using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.Leases;

/// <summary>The only copy of what was acknowledged last is gone: the standby refuses, and an operator may decide.</summary>
[Collection(Pair.Name)]
[Trait("Speed", "Slow")]
public sealed class UnprotectedLossTests(TwoMemberGroup shared)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Of_an_unprotected_primary_nobody_takes_over_until_an_operator_accepts_the_loss_and_the_rest_is_salvaged()
    {
        var group = shared.Group;
        var old = await group.PrimaryAsync();
        var standby = group.Others(old).Single();
        var salvages = Salvages(old);
        await using var writer = await RowWriter.StartAsync(group.Rows);
        var struck = Stopwatch.GetTimestamp();
        await standby.CrashAsync();
        await old.SaysAsync(status => status.Mode == "unprotected", Soon, "it is unprotected");
        await writer.MoreAsync(100, Soon);
        await old.CrashAsync();
        // The last under the rule before may have waited when the new one came, which ended its wait.
        var later = writer.Rows.Where(row => row.At > struck).ToList();
        var first = later.FindIndex(row => row.Names == "");
        first.ShouldBeGreaterThanOrEqualTo(0, "none was acknowledged by one copy alone");
        var alone = later.Skip(first - 1).Select(row => row.Id).ToHashSet();

        standby.StartAgent();
        var refusal = await standby.SaysAsync(status => status.Rule == "R6.refuse", Soon, "it refuses");
        refusal.Reason!.ShouldContain("unprotected");
        var refused = await group.RunAsync("failover", "--yes");
        refused.ExitCode.ShouldBe(1, refused.Output);
        refused.Output.ShouldContain("--accept-data-loss");

        var accepted = await group.RunAsync("failover", "--to", standby.Name, "--accept-data-loss", "--yes");
        accepted.ExitCode.ShouldBe(0, accepted.Output);
        await writer.GoesOnAsync(Soon);
        old.StartAgent();
        (await group.HealthyAsync()).Primary.ShouldBe(standby.Name);
        var lost = await writer.LostAsync();
        lost.ShouldBeSubsetOf(alone, "a row that two copies had is gone");
        lost.ShouldNotBeEmpty();
        Salvages(old).ShouldBe(salvages + 1);
    }

    private static int Salvages(MemberHost host) => Directory.Exists(host.Salvage) ? Directory.GetDirectories(host.Salvage).Length : 0;
}
