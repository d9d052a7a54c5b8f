using Holdfast.Harness.Network;

namespace Holdfast.Sessions.Tests.EndToEnd;

/// <summary>Twenty users, two instances of the application, one address; what stands behind it fails, and another takes over.</summary>
[Trait("Speed", "Slow")]
public class TakeoverTests
{
    private static readonly string[] Names = ["a", "b"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nobody_is_logged_out_and_nobody_sees_an_error_when_a_replica_takes_over(bool frozen)
    {
        await using var first = await StoreServer.StartAsync();
        await using var second = await StoreServer.StartReplicaAsync(first);
        await using var relay = new TcpRelay(first.Port);
        var instances = await SessionsProgram.ServeAllAsync($"127.0.0.1:{relay.Port}", Names);
        await using var drive = await SessionsProgram.DriveAsync(instances);
        await first.UntilClickedAsync(60);

        if (frozen)
        {
            await first.FreezeAsync();
        }
        else
        {
            await first.StopAsync();
        }

        await second.PromoteAsync();
        relay.Target = second.Port;
        await second.UntilClickedAsync(60);

        var (status, report) = await drive.ReportAsync();
        ((int)report["loggedOut"]!).ShouldBe(0, drive.Output);
        ((int)report["asAnother"]!).ShouldBe(0, drive.Output);
        ((int)report["errors"]!).ShouldBe(0, drive.Output);
        ((int)report["requests"]!).ShouldBeGreaterThanOrEqualTo(120);
        if (!frozen)
        {
            // A server that is asked to stop lets its replicas catch up first; one that is frozen may have acknowledged what none of them has.
            ((int)report["stepsBack"]!).ShouldBe(0, drive.Output);
            status.ShouldBe(0, drive.Output);
        }

        await DisposeAsync(instances);
    }

    [Fact]
    public async Task A_store_that_is_away_for_longer_than_the_patience_is_an_error_page_and_logs_nobody_out()
    {
        await using var store = await StoreServer.StartAsync();
        await using var relay = new TcpRelay(store.Port);
        var instances = await SessionsProgram.ServeAllAsync($"127.0.0.1:{relay.Port}", Names, "--patience", "500ms");
        await using var drive = await SessionsProgram.DriveAsync(instances);
        await store.UntilClickedAsync(20);
        relay.Mode = RelayMode.Refuse;
        await Eventually.TrueAsync(
            () => instances.All(its => its.Output.Contains("did not come back within 0.5 s", StringComparison.Ordinal)),
            StoreServer.Deadline, () => drive.Output);
        relay.Mode = RelayMode.Open;
        await store.UntilClickedAsync(60);

        var (status, report) = await drive.ReportAsync();
        status.ShouldBe(1, drive.Output);
        ((int)report["errors"]!).ShouldBeGreaterThan(0);
        drive.Output.ShouldContain("a click answered with 503");
        ((int)report["loggedOut"]!).ShouldBe(0, drive.Output);
        ((int)report["stepsBack"]!).ShouldBe(0, drive.Output);
        await DisposeAsync(instances);
    }

    [Fact]
    public async Task A_replica_that_lacks_acknowledged_changes_is_seen_as_steps_back_with_their_age()
    {
        await using var first = await StoreServer.StartAsync();
        await using var second = await StoreServer.StartReplicaAsync(first);
        await using var relay = new TcpRelay(first.Port);
        var instances = await SessionsProgram.ServeAllAsync($"127.0.0.1:{relay.Port}", Names);
        await using var drive = await SessionsProgram.DriveAsync(instances);
        await first.UntilClickedAsync(60);
        await second.PromoteAsync(); // from here on it knows of nothing new
        var known = await second.ClicksAsync();
        await first.UntilClickedAsync(100);
        relay.Target = second.Port;
        await Eventually.TrueAsync(async () => await second.ClicksAsync() >= known + 60, StoreServer.Deadline, () => drive.Output);

        var (status, report) = await drive.ReportAsync();
        status.ShouldBe(1, drive.Output);
        ((int)report["stepsBack"]!).ShouldBeGreaterThan(0, drive.Output);
        ((int)report["changesLost"]!).ShouldBeGreaterThanOrEqualTo((int)report["stepsBack"]!);
        ((double)report["oldestLostSeconds"]!).ShouldBeGreaterThan(0);
        ((int)report["loggedOut"]!).ShouldBe(0, drive.Output);
        drive.Output.ShouldContain("acknowledged changes are gone");
        await DisposeAsync(instances);
    }

    [Fact]
    public async Task A_store_that_was_emptied_logs_everybody_out_and_the_driver_says_so()
    {
        await using var store = await StoreServer.StartAsync();
        var instances = await SessionsProgram.ServeAllAsync(store.Address, Names);
        await using var drive = await SessionsProgram.DriveAsync(instances);
        await store.UntilClickedAsync(20);
        await store.CallAsync("FLUSHALL");
        await Eventually.TrueAsync(
            async () => (await store.SignedInAsync()).Count(who => who.Clicks > 0) >= 20, StoreServer.Deadline, () => drive.Output);

        var (status, report) = await drive.ReportAsync();
        status.ShouldBe(1, drive.Output);
        // One whose click had read the session before and put it back after may have come through.
        ((int)report["loggedOut"]!).ShouldBeGreaterThanOrEqualTo(10, drive.Output);
        drive.Output.ShouldContain("of 20 users were logged out");
        await DisposeAsync(instances);
    }

    [Fact]
    public async Task Keys_in_memory_log_everybody_out_and_the_driver_says_so()
    {
        await using var store = await StoreServer.StartAsync();
        var instances = await SessionsProgram.ServeAllAsync(store.Address, Names, "--keys", "memory");
        await using var drive = await SessionsProgram.DriveAsync(instances, "--duration", "3s");
        await drive.EndAsync();

        var (status, report) = drive.Read();
        status.ShouldBe(1, drive.Output);
        ((int)report["loggedOut"]!).ShouldBe(20, drive.Output);
        await DisposeAsync(instances);
    }

    private static async Task DisposeAsync(SessionsProgram[] instances)
    {
        foreach (var instance in instances)
        {
            await instance.DisposeAsync();
        }
    }
}
