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
}
