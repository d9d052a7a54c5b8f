using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Loss;

public class LedgerTests
{
    [Fact]
    public async Task The_newest_row_is_that_of_the_highest_epoch_however_many_digits_it_has()
    {
        await using var group = new TestGroup(1);
        var a = await group.StartPrimaryAsync("a");
        (await a.ReadHeartbeatAsync(group.Token)).ShouldBeNull();
        await a.WriteHeartbeatAsync(4, group.Token);
        var newest = await a.WriteHeartbeatAsync(1_000_001, group.Token);
        newest.Epoch.ShouldBe(1_000_001);
        (await a.ReadHeartbeatAsync(group.Token)).ShouldBe(newest);
        var later = await a.WriteHeartbeatAsync(1_000_001, group.Token);
        later.Sequence.ShouldBe(2);
        (await a.ReadHeartbeatAsync(group.Token)).ShouldBe(later);
    }
}
