using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.Birth;

/// <summary>A member's host comes back with an empty disk.</summary>
[Collection(Pair.Name)]
[Trait("Speed", "Slow")]
public sealed class LostDiskTests(TwoMemberGroup shared)
{
    [Fact]
    public async Task A_member_that_loses_its_disk_is_cloned_anew()
    {
        var group = shared.Group;
        var primary = await group.PrimaryAsync();
        var member = group.Others(primary).Single();
        await using var writer = await RowWriter.StartAsync(group.Rows);
        await member.CrashAsync();
        Directory.Delete(member.Data, recursive: true);
        Directory.Delete(member.Own, recursive: true);

        member.StartAgent();

        (await group.HealthyAsync()).Primary.ShouldBe(primary.Name);
        (await writer.LostAsync()).ShouldBeEmpty();
    }
}
