using System.Globalization;
using Holdfast.Harness.Members;
using Holdfast.Verification.Results;

namespace Holdfast.Redis.Tests.Verification;

/// <summary>What is planted at a standby is named, and nothing else.</summary>
public sealed class PlantedTests
{
    private const string Far = "32503680000000"; // In the year 3000.

    /// <summary>Values of each kind, short ones and such as are read in pieces.</summary>
    private const string Fill = """
        for i = 1, 3000 do
          redis.call('SET', 'text:' .. i, 'value ' .. i)
          redis.call('HSET', 'hash:long', 'field ' .. i, i)
          redis.call('SADD', 'set:long', 'member ' .. i)
          redis.call('ZADD', 'zset:long', i / 7, 'member ' .. i)
          redis.call('RPUSH', 'list:long', 'item ' .. i)
          redis.call('XADD', 'stream:long', i .. '-1', 'field', i)
        end
        redis.call('SET', 'text:long', string.rep('x', 300000))
        redis.call('SET', 'text:empty', '')
        redis.call('HSET', 'hash', 'user', 'Ann', 'cart', '3', 'seen', string.rep('y', 100))
        redis.call('SADD', 'set', 'a', 'b', 'c') redis.call('SADD', 'set:numbers', 1, 2, 3)
        redis.call('ZADD', 'zset', '-inf', 'least', 0.1, 'tenth', 'inf', 'most')
        redis.call('RPUSH', 'list', 'one', 'two', 'three')
        redis.call('XADD', 'stream', '1-1', 'a', '1', 'b', '2')
        redis.call('XGROUP', 'CREATE', 'stream', 'readers', '0') redis.call('XGROUP', 'CREATE', 'stream:long', 'readers', '0')
        redis.call('XREADGROUP', 'GROUP', 'readers', 'ann', 'COUNT', '1200', 'STREAMS', 'stream:long', '>')
        redis.call('SET', 'passing', 'x', 'PXAT', '32503680000000') redis.call('SET', 'nearly', 'x', 'PXAT', '32503680000000')
        redis.call('SET', 'staying', 'x') redis.call('SET', 'turning', 'x')
        """;

    [Fact]
    public async Task Each_planted_difference_is_named_and_nothing_else()
    {
        await using var servers = await Servers.StartAsync();
        using var client = servers.Connect("a");
        client.Call("EVAL", Fill, "0");
        client.Call("SELECT", "3");
        client.Call("SET", "elsewhere", "1");
        await servers.CaughtUpAsync();

        var equal = await Comparison.RunAsync(servers);
        equal.ShouldBeEqual();
        equal.LeftOut.ShouldBeEmpty();
        (equal.Databases, equal.Tables).ShouldBe((16, 0));
        equal.Keys.ShouldBe(Count(client, "3") + Count(client, "0") - OwnKeys(client));

        Comparison.Spoil(servers, "b",
            ["SET", "text:77", "other"], ["DEL", "text:78"], ["SET", "surplus", "x"], ["SET", "surplus:\u00e4 \"b\"", "x"],
            ["SETRANGE", "text:long", "299999", "y"],
            ["HSET", "hash:long", "field 2000", "x"], ["HSET", "hash", "cart", "4"],
            ["SREM", "set:long", "member 2000"], ["SADD", "set", "d"],
            ["ZADD", "zset:long", "2", "member 2000"], ["ZADD", "zset", "0.2", "tenth"],
            ["LSET", "list:long", "2000", "x"], ["LSET", "list", "0", "two"], ["LSET", "list", "1", "one"],
            ["XDEL", "stream:long", "2000-1"], ["XGROUP", "SETID", "stream", "readers", "1-1"],
            ["DEL", "turning"], ["RPUSH", "turning", "x"],
            ["PEXPIREAT", "passing", "32503680001000"], ["PEXPIREAT", "nearly", "32503680000003"], ["PEXPIREAT", "staying", Far],
            ["SELECT", "3"], ["DEL", "elsewhere"], ["SELECT", "15"], ["SET", "only there", "x"]);
        var result = await Comparison.RunAsync(servers);

        Comparison.Found(result).ShouldBe(new[]
        {
            "ChangedValue 0 key=hash [value]", "ChangedValue 0 key=hash:long [value]", "ChangedValue 0 key=list [value]",
            "ChangedValue 0 key=list:long [value]", "ChangedValue 0 key=passing [expiry]", "ChangedValue 0 key=set [value]",
            "ChangedValue 0 key=set:long [value]", "ChangedValue 0 key=staying [expiry]", "ChangedValue 0 key=stream [value]",
            "ChangedValue 0 key=stream:long [value]", "ChangedValue 0 key=text:77 [value]", "ChangedValue 0 key=text:long [value]",
            "ChangedValue 0 key=turning [type]", "ChangedValue 0 key=zset [value]", "ChangedValue 0 key=zset:long [value]",
            "ExtraKey 0 key=surplus []", "ExtraKey 0 key=surplus:\u00e4 \"b\" []", "ExtraKey 15 key=only there []",
            "MissingKey 0 key=text:78 []", "MissingKey 3 key=elsewhere []",
        }.Order(StringComparer.Ordinal));
        result.Undecided.ShouldBeEmpty();
        result.Verdict.ShouldBe(VerifyVerdict.Different);
        result.Differences.ShouldAllBe(found => found.Member == "b" && found.Table == "redis.keys");
        result.Differences.Single(found => found.Key == "key=text:78").Detail.ShouldBe("b lacks the key; a has it");
    }

    [Theory]
    [InlineData("XCLAIM", "stream", "readers", "bob", "0", "1-1")]
    [InlineData("XACK", "stream", "readers", "1-1")]
    [InlineData("XSETID", "stream", "9-1")]
    public async Task What_the_groups_of_a_stream_were_given_counts(params string[] planted)
    {
        await using var servers = await Servers.StartAsync();
        using var client = servers.Connect("a");
        client.Call("XADD", "stream", "1-1", "a", "1");
        client.Call("XGROUP", "CREATE", "stream", "readers", "0");
        client.Call("XREADGROUP", "GROUP", "readers", "ann", "STREAMS", "stream", ">");
        await servers.CaughtUpAsync();
        (await Comparison.RunAsync(servers)).ShouldBeEqual();

        Comparison.Spoil(servers, "b", planted);

        Comparison.Found(await Comparison.RunAsync(servers)).ShouldBe(["ChangedValue 0 key=stream [value]"]);
    }

    [Fact]
    public async Task In_which_order_and_form_a_value_is_kept_does_not_count()
    {
        await using var servers = await Servers.StartAsync();
        using var client = servers.Connect("a");
        client.Call("SADD", "set", "1", "2", "3");
        client.Call("HSET", "hash", "a", "1", "b", "2");
        client.Call("ZADD", "zset", "1", "a", "2", "b");
        client.Call("SET", "text", "12345");
        await servers.CaughtUpAsync();
        var longer = new string('z', 100);

        // One member too long for the compact form, which then stays what it was turned into.
        Comparison.Spoil(servers, "b",
            ["DEL", "set", "hash", "zset", "text"], ["SADD", "set", longer, "3", "1", "2"], ["SREM", "set", longer],
            ["HSET", "hash", longer, longer, "b", "2", "a", "1"], ["HDEL", "hash", longer],
            ["ZADD", "zset", "3", longer, "2", "b", "1", "a"], ["ZREM", "zset", longer], ["SET", "text", "1"], ["APPEND", "text", "2345"]);

        using (var govern = servers.Govern("b"))
        {
            govern.Call("OBJECT", "ENCODING", "set").ShouldBe("hashtable");
            govern.Call("OBJECT", "ENCODING", "zset").ShouldBe("skiplist");
        }

        (await Comparison.RunAsync(servers)).ShouldBeEqual();
    }

    [Fact]
    public async Task Who_compares_can_read_and_nothing_else()
    {
        await using var servers = await Servers.StartAsync();
        using var client = servers.Connect("a");
        client.Call("SET", "key", "x");
        using var reader = servers.Login("a", "holdfast-reader", "reader-password");
        reader.Call("GET", "key").ShouldBe("x");

        foreach (var words in (string[][])
        [
            ["SET", "key", "y"], ["GETDEL", "key"], ["FLUSHALL"], ["KEYS", "*"], ["CONFIG", "GET", "*"], ["CLIENT", "KILL", "TYPE", "normal"], ["CLIENT", "LIST"],
            ["CLIENT", "PAUSE", "1"], ["EVAL", "return 1", "0"], ["SUBSCRIBE", "x"], ["MONITOR"], ["PSYNC", "?", "-1"], ["REPLICAOF", "NO", "ONE"],
        ])
        {
            Should.Throw<RedisRefusalException>(() => reader.Call(words), string.Join(' ', words)).Message.ShouldStartWith("NOPERM");
        }
    }

    private static long Count(RedisClient client, string database)
    {
        client.Call("SELECT", database);
        return long.Parse(client.Call("DBSIZE")!, CultureInfo.InvariantCulture);
    }

    private static int OwnKeys(RedisClient client) => client.Call("KEYS", "holdfast:*")!.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
}
