using Holdfast.Quickstart.Writing;

namespace Holdfast.Quickstart.Tests.Writing;

public class LossCheckTests
{
    private readonly IdSet _acknowledged = new();

    private static Func<Action<long>, Task> Primary(params long[] ids) => read =>
    {
        Array.ForEach(ids, read);
        return Task.CompletedTask;
    };

    private LossCheck Acknowledge(params long[] ids)
    {
        Array.ForEach(ids, id => _acknowledged.Add(id));
        return new LossCheck(_acknowledged);
    }

    [Fact]
    public async Task Nothing_is_lost_when_the_primary_has_all_that_was_acknowledged() =>
        (await Acknowledge(1, 2, 3).CountLostAsync(Primary(3, 1, 2))).ShouldBe(0);

    [Fact]
    public async Task A_row_that_was_never_acknowledged_may_be_there_or_not() =>
        (await Acknowledge(1, 3).CountLostAsync(Primary(1, 2, 3, 4))).ShouldBe(0);

    [Fact]
    public async Task Acknowledged_rows_that_the_primary_lacks_are_lost_and_named()
    {
        var check = Acknowledge(1, 2, 3, 70_000);
        (await check.CountLostAsync(Primary(1, 3))).ShouldBe(2);
        check.Missing.ShouldBe([2, 70_000]);
    }

    [Fact]
    public async Task A_row_is_counted_as_lost_only_once()
    {
        var check = Acknowledge(1, 2);
        (await check.CountLostAsync(Primary(1))).ShouldBe(1);
        (await check.CountLostAsync(Primary(1))).ShouldBe(0);
    }

    [Fact]
    public async Task A_row_that_a_later_fault_takes_away_is_lost_too()
    {
        var check = Acknowledge(1, 2);
        (await check.CountLostAsync(Primary(1, 2))).ShouldBe(0);
        (await check.CountLostAsync(Primary(2))).ShouldBe(1);
    }

    [Fact]
    public async Task A_row_acknowledged_while_the_primary_is_read_is_left_for_the_next_time()
    {
        var check = Acknowledge(1);
        (await check.CountLostAsync(read =>
        {
            _acknowledged.Add(2);
            read(1);
            return Task.CompletedTask;
        })).ShouldBe(0);
    }
}
