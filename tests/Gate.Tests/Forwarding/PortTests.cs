using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Holdfast.Core.Topology;
using Holdfast.Gate.Forwarding;
using Holdfast.Gate.Routing;

namespace Holdfast.Gate.Tests.Forwarding;

/// <summary>What passes, what is cut and who waits.</summary>
public sealed class PortTests : PortBench
{
    [Fact]
    public async Task Both_directions_pass_on_what_comes_and_each_end_by_itself()
    {
        Listen(new GateSpec());
        var (client, server) = await PairAsync();
        var (up, down) = (RandomNumberGenerator.GetBytes(3_000_000), RandomNumberGenerator.GetBytes(5_000_000));

        var sends = Task.WhenAll(SendAsync(client, up), SendAsync(server, down));
        var received = await Task.WhenAll(ReceiveAsync(server), ReceiveAsync(client)).WaitAsync(Soon, Token);
        await sends;

        received[0].AsSpan().SequenceEqual(up).ShouldBeTrue();
        received[1].AsSpan().SequenceEqual(down).ShouldBeTrue();
        await Eventually.TrueAsync(() => Port.Count.Links == 0, Soon, () => "the connection does not end");
        (Worker.BytesUp, Worker.BytesDown).ShouldBe((3_000_000, 5_000_000));
    }

    [Fact]
    public async Task A_client_that_has_said_all_still_gets_the_whole_answer()
    {
        Listen(new GateSpec());
        var (client, server) = await PairAsync();
        client.Shutdown(SocketShutdown.Send);
        (await ReceiveAsync(server)).ShouldBeEmpty();
        await SendAsync(server, new byte[100_000]);
        (await ReceiveAsync(client)).Length.ShouldBe(100_000);
    }

    [Fact]
    public async Task A_receiver_that_does_not_read_stops_the_sender_and_costs_no_memory()
    {
        Listen(new GateSpec());
        var (client, server) = await PairAsync();
        client.Blocking = false;
        var sent = 0L;
        var piece = new byte[1 << 20];
        await Eventually.TrueAsync(
            () =>
            {
                try
                {
                    sent += client.Send(piece);
                    return false;
                }
                catch (SocketException fault) when (fault.SocketErrorCode == SocketError.WouldBlock)
                {
                    return true;
                }
            },
            Soon, () => $"{sent} B were taken and nobody read");
        sent.ShouldBeLessThan(64L << 20);
        client.Blocking = true;
        client.Shutdown(SocketShutdown.Send);
        (await ReceiveAsync(server)).LongLength.ShouldBe(sent);
    }

    [Fact]
    public async Task A_cut_closes_both_sides_at_once_and_new_connections_wait_for_the_next_target()
    {
        Listen(new GateSpec());
        var (client, server) = await PairAsync();
        Port.Follow([], _ => false, recut: true, "replaced");
        await EndsAsync(client);
        await Should.ThrowAsync<SocketException>(async () => await server.ReceiveAsync(new byte[1], Token).AsTask().WaitAsync(Soon, Token), "a reset");

        using var held = await ConnectAsync();
        await Eventually.TrueAsync(() => Port.Count.Waiting == 1, Soon, () => "it is not held");
        var next = new Target("a", "fra", 2);
        Port.Follow([next], target => target == next, recut: true, "b serves");
        using var accepted = await AcceptAsync();
        await held.SendAsync(new byte[] { 7 }, Token);
        (await accepted.ReceiveAsync(new byte[8], Token).AsTask().WaitAsync(Soon, Token)).ShouldBe(1);
        Port.Counters.Cut.ShouldBe(1);
    }

    [Fact]
    public async Task Who_waits_too_long_is_closed_and_who_is_one_too_many_at_once()
    {
        Listen(new GateSpec { Hold = TimeSpan.FromMilliseconds(300), MaxConnections = 2 });
        Port.Follow([], _ => false, recut: true, "nobody serves");
        using var first = await ConnectAsync();
        using var second = await ConnectAsync();
        await Eventually.TrueAsync(() => Port.Count.Waiting == 2, Soon, () => "they are not held");
        using var third = await ConnectAsync();
        await EndsAsync(third);
        Port.Counters.Refused.ShouldBe(1);
        Port.Counters.HoldExpired.ShouldBe(0);
        await Eventually.TrueAsync(() => !Port.Tick(), Soon, () => "they wait for ever");
        await EndsAsync(first);
        Port.Counters.HoldExpired.ShouldBe(2);
    }

    [Fact]
    public async Task A_member_that_refuses_is_tried_again_until_it_accepts()
    {
        // Bound and deaf: the port refuses, and nobody else can take it meanwhile, neither another process nor the gate's own way there.
        using var late = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        late.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Listen(new GateSpec(), _ => (IPEndPoint)late.LocalEndPoint!);
        using var client = await ConnectAsync();
        await Eventually.TrueAsync(() => Port.Tick() && Port.Counters.NotAccepted >= 3, Soon, () => "it is not tried again");
        late.Listen();
        await Eventually.TrueAsync(() => !Port.Tick() && Port.Counters.Forwarded == 1, Soon, () => "it is not forwarded");
        using var server = await late.AcceptAsync(Token).AsTask().WaitAsync(Soon, Token);
        await client.SendAsync(new byte[] { 1, 2, 3 }, Token);
        (await server.ReceiveAsync(new byte[8], Token).AsTask().WaitAsync(Soon, Token)).ShouldBe(3);
    }

    [Fact]
    public void A_connection_that_reached_nothing_but_itself_is_recognised()
    {
        // Where nobody listens, the kernel may give the calling socket the very port that it calls.
        using var alone = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        alone.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        alone.Connect(alone.LocalEndPoint!);
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Connect(Server);
        Kernel.ReachedItself((int)alone.Handle).ShouldBeTrue();
        Kernel.ReachedItself((int)other.Handle).ShouldBeFalse();
    }
}
