using Holdfast.Quickstart.Processes;
using Holdfast.Quickstart.Writing;

namespace Holdfast.Quickstart.Tests.Writing;

[Trait("Speed", "Slow")]
public sealed class WriterTests(TwoServers servers) : IClassFixture<TwoServers>
{
    private static readonly TimeProvider Time = TimeProvider.System;

    private static Task<bool> Until(Func<bool> condition, double seconds) =>
        Quickstart.Processes.Until.TrueAsync(condition, TimeSpan.FromSeconds(seconds), Time, CancellationToken.None);

    [Fact]
    public async Task It_moves_on_from_a_frozen_server_within_its_deadlines_and_counts_no_insert_without_an_answer()
    {
        servers.Clear();
        await using var writer = new Writer(servers.ConnectionString, Time);
        writer.Start();
        (await Until(() => writer.Acknowledged.Count > 20, 20)).ShouldBeTrue(writer.LastProblem);

        var first = writer.Latest.Port;
        var window = writer.OpenWindow();
        servers.Send(first, Signal.Stop);
        try
        {
            var frozenAt = Time.GetTimestamp();
            (await Until(() => writer.Latest.At > frozenAt && writer.Latest.Port != first, 10)).ShouldBeTrue(writer.LastProblem);
        }
        finally
        {
            servers.Send(first, Signal.Continue);
        }

        var outage = window.Close(Time.GetTimestamp());
        outage.ShouldBeGreaterThan(Writer.InsertDeadline * 0.9);
        outage.ShouldBeLessThan(Writer.InsertDeadline + (2 * Writer.ConnectDeadline) + TimeSpan.FromSeconds(0.5));
        writer.Acknowledged.Count.ShouldBeLessThan(writer.Acknowledged.Ids().Last(), "the insert that had no answer is not acknowledged");
    }

    [Fact]
    public async Task Every_row_that_it_counts_is_there_and_a_killed_server_only_costs_a_reconnect()
    {
        servers.Clear();
        var writer = new Writer(servers.ConnectionString, Time);
        await using (writer)
        {
            writer.Start();
            (await Until(() => writer.Acknowledged.Count > 200, 20)).ShouldBeTrue(writer.LastProblem);
            var first = writer.Latest.Port;
            servers.Restart(first);
            var restartedAt = Time.GetTimestamp();
            (await Until(() => writer.Latest.At > restartedAt, 10)).ShouldBeTrue(writer.LastProblem);
        }

        writer.Ended.IsCompletedSuccessfully.ShouldBeTrue();
        var check = new LossCheck(writer.Acknowledged);
        var lost = await check.CountLostAsync(read =>
        {
            foreach (var id in servers.Ports.SelectMany(servers.ReadIds))
            {
                read(id);
            }

            return Task.CompletedTask;
        });
        lost.ShouldBe(0);
    }
}
