using System.Text;
using Holdfast.Harness.Network;
using Holdfast.Sessions.Store;
using Holdfast.Sessions.Tests.EndToEnd;

namespace Holdfast.Sessions.Tests.Store;

public class PatienceTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_call_waits_for_a_replica_to_become_a_primary()
    {
        await using var first = await StoreServer.StartAsync();
        await using var second = await StoreServer.StartReplicaAsync(first);
        using var store = Client(second.Port, Long);
        var call = store.CallAsync(CancellationToken.None, "SET", "a", "1");
        await Eventually.TrueAsync(
            async () => (await second.CallAsync("INFO", "errorstats")).Text!.Contains("errorstat_READONLY", StringComparison.Ordinal),
            Long, () => "it does not ask");
        call.IsCompleted.ShouldBeFalse();
        await second.PromoteAsync();
        (await call.WaitAsync(Long)).Text.ShouldBe("OK");
    }

    [Fact]
    public async Task A_call_waits_while_its_user_is_off()
    {
        await using var server = await StoreServer.StartAsync();
        await server.CallAsync("ACL", "SETUSER", "app", "off", ">secret", "~*", "+@all");
        using var store = new StoreClient(
            new StoreOptions { Host = "127.0.0.1", Port = server.Port, User = "app", Password = "secret", Patience = Long }, TimeProvider.System);
        var call = store.CallAsync(CancellationToken.None, "SET", "a", "1");
        await Eventually.TrueAsync(
            async () => (await server.CallAsync("INFO", "errorstats")).Text!.Contains("errorstat_WRONGPASS", StringComparison.Ordinal),
            Long, () => "it does not ask");
        call.IsCompleted.ShouldBeFalse();
        await server.CallAsync("ACL", "SETUSER", "app", "on");
        (await call.WaitAsync(Long)).Text.ShouldBe("OK");
    }

    [Fact]
    public async Task A_call_gives_up_a_silent_connection_and_finds_another()
    {
        await using var first = await StoreServer.StartAsync();
        await using var second = await StoreServer.StartAsync();
        await using var relay = new TcpRelay(first.Port);
        using var store = Client(relay.Port, Long);
        (await store.CallAsync(CancellationToken.None, "SET", "a", "1")).Text.ShouldBe("OK");
        await first.FreezeAsync();
        var call = store.CallAsync(CancellationToken.None, "SET", "a", "2");
        await Task.Yield();
        relay.Target = second.Port;
        await call.WaitAsync(Long);
        (await second.CallAsync("GET", "a")).Text.ShouldBe("2");
    }

    [Fact]
    public async Task Patience_has_an_end_and_a_refusal_needs_none()
    {
        await using var server = await StoreServer.StartAsync();
        await using var relay = new TcpRelay(server.Port) { Mode = RelayMode.Refuse };
        using (var store = Client(relay.Port, TimeSpan.FromMilliseconds(200)))
        {
            var away = await store.CallAsync(CancellationToken.None, "PING").ShouldThrowAsync<StoreAwayException>();
            away.Message.ShouldContain("did not come back within 0.2 s");
        }

        using (var store = Client(server.Port, Long))
        {
            (await store.CallAsync(CancellationToken.None, "NOSUCHTHING").ShouldThrowAsync<StoreErrorException>()).Message.ShouldContain("unknown command");
        }
    }

    [Fact]
    public async Task More_calls_than_connections_each_get_their_own_answer()
    {
        await using var server = await StoreServer.StartAsync();
        using var store = Client(server.Port, Long);
        var big = new byte[300_000];
        Random.Shared.NextBytes(big);
        await store.CallAsync(CancellationToken.None, "SET", "big", big);
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async number =>
        (
            number,
            Echo: await store.CallAsync(CancellationToken.None, "ECHO", (long)number),
            Big: await store.CallAsync(CancellationToken.None, "GET", "big"))));
        answers.ShouldAllBe(one => one.Echo.Text == $"{one.number}" && one.Big.Bytes!.SequenceEqual(big));
        (await store.CallAsync(CancellationToken.None, "GET", "nothing")).Bytes.ShouldBeNull();
    }

    [Fact]
    public void A_command_is_written_word_by_word_with_their_lengths_in_bytes() =>
        Encoding.UTF8.GetString(RespConnection.Encode(["SET", "ä", 12L]).Span).ShouldBe("*3\r\n$3\r\nSET\r\n$2\r\nä\r\n$2\r\n12\r\n");

    private static StoreClient Client(int port, TimeSpan patience) =>
        new(new StoreOptions { Host = "127.0.0.1", Port = port, Patience = patience, Connections = 4 }, TimeProvider.System);
}
