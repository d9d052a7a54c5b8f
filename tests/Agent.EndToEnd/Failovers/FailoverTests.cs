using System.Diagnostics;
using Holdfast.Harness.Members;
using Npgsql;

namespace Holdfast.Agent.EndToEnd.Failovers;

/// <summary>A zero-loss group loses its primary, in three ways, under load.</summary>
[Trait("Speed", "Slow")]
public sealed class FailoverTests(ZeroLossGroup shared) : IClassFixture<ZeroLossGroup>
{
    /// <summary>Far above the product's own figures, which the quickstart measures: this machine runs other tests as well.</summary>
    private static readonly TimeSpan OutageLimit = TimeSpan.FromSeconds(60);

    private Group Group => shared.Group;

    [Fact]
    public async Task A_killed_server_is_replaced_without_losing_a_commit_and_comes_back()
    {
        var old = await Group.PrimaryAsync();
        await using var writer = await RowWriter.StartAsync(Group.Rows);

        old.KillServer();

        await Group.TakenOverAsync(old, OutageLimit);
        await CheckAsync(writer, old);
    }

    [Fact]
    public async Task A_killed_host_is_replaced_without_losing_a_commit_and_comes_back()
    {
        var old = await Group.PrimaryAsync();
        await using var writer = await RowWriter.StartAsync(Group.Rows);

        await old.CrashAsync();

        await Group.TakenOverAsync(old, OutageLimit);
        await writer.GoesOnAsync(OutageLimit);
        old.StartAgent();
        await CheckAsync(writer, old);
    }

    [Fact]
    public async Task A_frozen_primary_acknowledges_nothing_when_it_thaws_after_its_successor_took_over()
    {
        var old = await Group.PrimaryAsync();
        await using var writer = await RowWriter.StartAsync(Group.Rows);
        await using var session = new NpgsqlConnection(old.ApplicationConnection);
        await session.OpenAsync(TestContext.Current.CancellationToken);
        await old.FreezeAsync();
        await Group.TakenOverAsync(old, OutageLimit);
        await writer.GoesOnAsync(OutageLimit);

        // The statement waits in the old server's socket: it is the first thing that the session does when it thaws.
        await using var insert = new NpgsqlCommand("insert into writes (id) values (-1)", session);
        var stale = insert.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        old.Thaw();

        await Should.ThrowAsync<NpgsqlException>(stale);
        await CheckAsync(writer, old);
        (await Group.Rows.IdsAsync()).ShouldNotContain(-1);
    }

    [Fact]
    public async Task A_killed_standby_leaves_the_candidates_and_comes_back_while_writes_go_on()
    {
        var primary = await Group.PrimaryAsync();
        var lost = Group.Others(primary).First();
        var begun = Stopwatch.GetTimestamp();
        await using var writer = await RowWriter.StartAsync(Group.Rows);

        await lost.CrashAsync();

        var without = await primary.SaysAsync(
            status => !status.Candidates.Contains(lost.Name), OutageLimit, $"{lost.Name} is no candidate any more");
        without.Mode.ShouldBe("zero-loss");
        without.Candidates.ShouldBe([Group.Others(primary).Last().Name]);
        await writer.GoesOnAsync(OutageLimit);
        lost.StartAgent();
        (await Group.HealthyAsync()).Primary.ShouldBe(primary.Name);
        writer.LongestGap(begun).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        (await writer.LostAsync()).ShouldBeEmpty();
    }

    /// <summary>Writes go on, everybody is healthy, nothing is lost, and no commit was ever acknowledged with one copy.</summary>
    private async Task CheckAsync(RowWriter writer, MemberHost old)
    {
        await writer.GoesOnAsync(OutageLimit);
        var healthy = await Group.HealthyAsync();
        healthy.Primary.ShouldNotBe(old.Name);
        healthy.Of(old.Name).Role.ShouldBe("standby");
        await writer.GoesOnAsync(OutageLimit);
        (await writer.LostAsync()).ShouldBeEmpty();
        writer.Rows.ShouldAllBe(row => row.Names != "", "a commit was acknowledged while no standby was named");
    }
}
