using System.Net;
using System.Net.Sockets;
using Holdfast.Core.Topology;
using Holdfast.Gate.Routing;

namespace Holdfast.Gate.Tests.Forwarding;

/// <summary>Clients that nobody has taken yet.</summary>
public sealed class HeldClientTests : PortBench
{
    [Fact]
    public async Task Who_hangs_up_while_it_waits_gives_its_place_back_and_reaches_nobody()
    {
        Listen(new GateSpec { MaxConnections = 3 });
        Port.Follow([], _ => false, recut: true, "nobody serves");
        var closes = await ConnectAsync();
        var resets = await ConnectAsync();
        using var stays = await ConnectAsync();
        await stays.SendAsync(new byte[] { 5 }, Token); // Who only has said something has not gone.
        await Eventually.TrueAsync(() => Port.Count.Waiting == 3, Soon, () => "they are not held");
        Port.Tick();
        Port.Count.Waiting.ShouldBe(3);

        await closes.SendAsync(new byte[] { 6 }, Token);
        closes.Dispose();
        resets.LingerState = new LingerOption(true, 0);
        resets.Dispose();
        await Eventually.TrueAsync(() => Port.Tick() && Port.Count.Waiting == 1, Soon, () => $"{Port.Count.Waiting} wait still");
        Port.Counters.Gone.ShouldBe(2);

        using var another = await ConnectAsync();
        await Eventually.TrueAsync(() => Port.Count.Waiting == 2, Soon, () => "there is no place for another");
        Port.Follow([Here], target => target == Here, recut: true, "a serves");
        using var accepted = await AcceptAsync();
        using var next = await AcceptAsync();
        await Eventually.TrueAsync(() => Port.Counters.Forwarded == 2, Soon, () => $"{Port.Counters.Forwarded} reached the member");
        (Port.Counters.Refused, Port.Counters.HoldExpired).ShouldBe((0, 0));
        (await accepted.ReceiveAsync(new byte[8], Token).AsTask().WaitAsync(Soon, Token)).ShouldBe(1);
    }

    [Fact]
    public async Task Who_was_on_the_way_to_a_member_that_is_replaced_waits_for_the_next_one()
    {
        // Its queue is full, so that it answers no further call: a member that has been lost.
        using var lost = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        lost.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        lost.Listen(0);
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(lost.LocalEndPoint!, Token);
        Listen(new GateSpec(), target => target.Epoch == 1 ? (IPEndPoint)lost.LocalEndPoint! : Server);
        using var client = await ConnectAsync();
        await client.SendAsync(new byte[] { 1, 2, 3 }, Token);
        await Eventually.TrueAsync(() => Port.Count.Links == 1, Soon, () => "it is not on its way");

        Port.Follow([], _ => false, recut: true, "nobody serves");
        await Eventually.TrueAsync(() => Port.Count == (0, 1), Soon, () => $"it is not held: {Port.Count}");
        // The same member under a new epoch: it is not avoided for what was not its refusal.
        var next = new Target("a", "fra", 2);
        Port.Follow([next], target => target == next, recut: true, "a serves");
        Port.Count.ShouldBe((1, 0));
        using var accepted = await AcceptAsync();
        (await accepted.ReceiveAsync(new byte[8], Token).AsTask().WaitAsync(Soon, Token)).ShouldBe(3);
        (Port.Counters.Cut, Port.Counters.NotAccepted, Port.Counters.Accepted).ShouldBe((0, 0, 1));
    }
}
