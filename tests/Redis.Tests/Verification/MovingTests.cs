using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core;
using Holdfast.Engines.Redis;
using Holdfast.Harness;
using Holdfast.Harness.Members;
using Holdfast.Verification.Results;
using Holdfast.Verification.Targets;

namespace Holdfast.Redis.Tests.Verification;

/// <summary>Keys that are written, that expire, and that arrive late at a standby.</summary>
public sealed class MovingTests
{
    private const string Many = "for i = 1, 4000 do redis.call('SET', 'text:' .. i, 'value ' .. i) end";

    [Fact]
    public async Task Under_load_nothing_is_reported_but_what_was_planted_at_the_standby()
    {
        await using var servers = await Servers.StartAsync();
        using var client = servers.Connect("a");
        client.Call("EVAL", Many, "0");
        await servers.CaughtUpAsync();
        Comparison.Spoil(servers, "b", ["SET", "text:2500", "broken"]);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Servers.Stop);
        var written = new Counter();
        Task[] load = [LoadAsync(servers, Counters, written, stop.Token), LoadAsync(servers, Locks, written, stop.Token)];
        try
        {
            await Eventually.TrueAsync(() => written.Value > 1000, Servers.Soon, () => "there is no load");
            for (var run = 0; run < 3; run++)
            {
                var result = await Comparison.RunAsync(servers);
                result.Undecided.ShouldBeEmpty();
                Comparison.Found(result).ShouldBe(["ChangedValue 0 key=text:2500 [value]"]);
                result.RowsSettled.ShouldBeGreaterThan(1, "nothing was written meanwhile: this shows nothing");
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(load);
        }
    }

    [Fact]
    public async Task Keys_that_expire_while_they_are_compared_are_no_difference()
    {
        await using var servers = await Servers.StartAsync();
        using var client = servers.Connect("a");
        client.Call("EVAL", Many, "0");
        await servers.CaughtUpAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Servers.Stop);
        var written = new Counter();
        var load = LoadAsync(servers, Passing, written, stop.Token);
        try
        {
            await Eventually.TrueAsync(() => written.Value > 1000, Servers.Soon, () => "there is no load");
            for (var run = 0; run < 3; run++)
            {
                var result = await Comparison.RunAsync(servers);
                result.ShouldBeEqual();
                result.RowsSettled.ShouldBeGreaterThan(0, "nothing expired meanwhile: this shows nothing");
            }
        }
        finally
        {
            await stop.CancelAsync();
            await load;
        }
    }

    [Fact]
    public async Task A_standby_that_is_behind_is_waited_for()
    {
        await using var servers = await Servers.StartAsync();
        using var client = servers.Connect("a");
        await servers.CaughtUpAsync();
        await servers.B.DetachAsync(Servers.Stop);
        client.Call("EVAL", Many, "0");

        var fault = await Should.ThrowAsync<VerifyException>(() => Comparison.RunAsync(servers, Comparison.Fast with { CatchUp = TimeSpan.FromSeconds(1) }));
        fault.Fault.ShouldBe(VerifyFault.NotComparable);
        fault.Message.ShouldMatch(@"^b is at [0-9A-F]+/\w+ and does not get to [0-9A-F]+/\w+, which a showed 1 s ago \(\d+ bytes\)");

        var comparison = Comparison.RunAsync(servers);
        await servers.B.AttachAsync("a", Servers.Stop);
        var result = await comparison;
        result.ShouldBeEqual();
        result.Keys.ShouldBe(4000);
    }

    [Fact]
    public async Task A_look_tells_a_value_that_was_put_back_from_one_that_was_not_touched()
    {
        await using var servers = await Servers.StartAsync();
        using var client = servers.Connect("a");
        client.Call("SET", "still", "x");
        client.Call("SET", "lock", "x");
        await using var target = servers.A.CreateVerifyTarget();
        var relation = (await target.InventoryAsync("0", Servers.Stop)).Relations.Single();
        var table = new Holdfast.Verification.Chunks.TableRef("0", relation.Name, relation.Definition, Seed: 4711);
        ImmutableArray<ImmutableArray<string>> keys = [["still"], ["lock"], ["none"]];

        var first = (await target.KeysAsync(table, keys, TimeSpan.Zero, Servers.Stop)).Seen;
        client.Call("DEL", "lock");
        client.Call("SET", "lock", "x");
        var second = (await target.KeysAsync(table, keys, TimeSpan.Zero, Servers.Stop)).Seen;

        second[0].ShouldBe(first[0]);
        second[1].Hash.ShouldBe(first[1].Hash);
        second[1].Version.ShouldNotBe(first[1].Version);
        second[2].Version.ShouldBeNull();
        client.Call("FLUSHALL");
        client.Call("SET", "still", "x");
        (await target.KeysAsync(table, keys, TimeSpan.Zero, Servers.Stop)).Seen[0].Version.ShouldNotBe(second[0].Version);
    }

    /// <summary>Never still: counters, a queue, and an expiry that is put off all the time.</summary>
    private static void Counters(RedisClient client, int turn)
    {
        client.Call("INCR", "hot");
        client.Call("HINCRBY", "hot:hash", "field", "1");
        client.Call("LPUSH", "queue", Number(turn));
        client.Call("RPOP", "queue");
        client.Call("SET", "session", "x", "PX", "600000");
        client.Call("SET", $"text:{3000 + (turn % 500)}", Number(turn));
    }

    /// <summary>Taken and given back, always with the same value.</summary>
    private static void Locks(RedisClient client, int turn)
    {
        var name = $"lock:{turn % 5}";
        client.Call("SET", name, "taken");
        client.Call("SET", "flag", turn % 2 == 0 ? "up" : "down");
        client.Call("DEL", name);
    }

    private static void Passing(RedisClient client, int turn)
    {
        client.Call("SET", $"passing:{turn % 100}", "x", "PX", Number(1 + (turn * 37 % 40)));
        client.Call("PEXPIRE", $"text:{turn % 4000}", Number(1 + (turn * 53 % 3000)));
        client.Call("SET", $"text:{(turn + 2000) % 4000}", "again");
    }

    private static Task LoadAsync(Servers servers, Action<RedisClient, int> write, Counter written, CancellationToken stop) => Task.Run(() =>
    {
        using var client = servers.Connect("a");
        for (var turn = 0; !stop.IsCancellationRequested; turn++)
        {
            write(client, turn);
            written.Add();
        }
    }, CancellationToken.None);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed class Counter
    {
        private int _value;

        public int Value => Volatile.Read(ref _value);

        public void Add() => Interlocked.Increment(ref _value);
    }
}
