using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Holdfast.Sites.EndToEnd.Networks;

/// <summary>Two sites and a witness, one host each.</summary>
public sealed class CutTests : IAsyncLifetime
{
    private static readonly (string From, string To)[] Directions =
        [("fra", "ber"), ("ber", "fra"), ("fra", "muc"), ("muc", "fra"), ("ber", "muc"), ("muc", "ber")];

    private Net? _net;

    private Net Net => _net!;

    public async ValueTask InitializeAsync() =>
        _net = OwnNetwork.WhyNot is null
            ? await Net.CreateAsync(NetPlan.Of(("fra", ["fra-1", "fra-2"]), ("ber", ["ber-1"]), ("muc", ["muc-1"])))
            : null;

    public ValueTask DisposeAsync() => _net?.DisposeAsync() ?? ValueTask.CompletedTask;

    [SiteFact]
    public async Task Every_host_hears_every_other_by_its_own_address()
    {
        using var probe = await Probe.OnAsync(Net);

        foreach (var from in Net.Hosts)
        {
            foreach (var to in Net.Hosts.Where(host => host != from))
            {
                await probe.PassesAsync(from.Name, to.Name);
            }
        }
    }

    [SiteFact]
    public async Task A_cut_drops_one_direction_of_one_link_and_nothing_else()
    {
        using var probe = await Probe.OnAsync(Net);

        foreach (var (from, to) in Directions)
        {
            await Net.CutAsync(new Cut(from, to));
            probe.Send($"{from}-1", $"{to}-1"); // lost
            foreach (var other in Directions.Where(other => other != (from, to)))
            {
                await probe.PassesAsync($"{other.From}-1", $"{other.To}-1");
            }

            await Net.HealAsync(new Cut(from, to));
            await probe.PassesAsync($"{from}-1", $"{to}-1"); // and not the one before
        }

        Net.Cuts.ShouldBeEmpty();
    }

    [SiteFact]
    public async Task A_host_is_cut_off_alone_in_each_direction()
    {
        using var probe = await Probe.OnAsync(Net);

        await Net.CutHostAsync("fra-1", HostCut.Out);
        probe.Send("fra-1", "fra-2");
        probe.Send("fra-1", "ber-1");
        await probe.PassesAsync("fra-2", "fra-1");
        await probe.PassesAsync("ber-1", "fra-1");
        await probe.PassesAsync("fra-2", "ber-1");
        await Net.CutHostAsync("fra-1", HostCut.In);
        probe.Send("fra-2", "fra-1");
        probe.Send("muc-1", "fra-1");
        await probe.PassesAsync("fra-1", "fra-2");
        await probe.PassesAsync("fra-1", "muc-1");
        await Net.HealAllAsync();
        await probe.PassesAsync("fra-2", "fra-1");
        await probe.PassesAsync("muc-1", "fra-1");
    }

    [SiteFact]
    public async Task We_reach_a_host_whatever_is_cut()
    {
        var host = Net.Host("fra-1");
        using var listener = await ListenAsync(host);
        await Net.CutAsync(Net.LinksOf("fra"));
        await Net.CutHostAsync("fra-1");
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        await socket.ConnectAsync((IPEndPoint)listener.LocalEndPoint!).WaitAsync(TimeSpan.FromSeconds(5));

        ((IPEndPoint)socket.LocalEndPoint!).Address.ToString().ShouldBe(Net.OurAddress);
    }

    [SiteFact]
    public async Task A_connection_across_a_cut_hears_nothing_and_goes_on_when_it_heals()
    {
        var (here, there) = (Net.Host("fra-1"), Net.Host("ber-1"));
        using var listener = await ListenAsync(there);
        using var client = await ClientAsync(here);
        await client.ConnectAsync((IPEndPoint)listener.LocalEndPoint!).WaitAsync(TimeSpan.FromSeconds(5));
        using var server = await listener.AcceptAsync();
        await Net.CutAsync(Cut.Both("fra", "ber"));

        (await client.SendAsync(new byte[] { 7 })).ShouldBe(1);
        var received = server.ReceiveAsync(new byte[1]);
        using var late = await ClientAsync(here);
        var connecting = late.ConnectAsync((IPEndPoint)listener.LocalEndPoint!);
        await Should.ThrowAsync<TimeoutException>(() => connecting.WaitAsync(TimeSpan.FromMilliseconds(300)));
        received.IsCompleted.ShouldBeFalse();

        await Net.HealAllAsync();
        (await received.WaitAsync(TimeSpan.FromSeconds(10))).ShouldBe(1);
    }

    [SiteFact]
    public async Task A_link_carries_no_more_than_its_bound()
    {
        var (here, there) = (Net.Host("fra-1"), Net.Host("ber-1"));
        const int Bytes = 400_000;
        await Net.BoundAsync("fra", "ber", 400_000);

        (await CarryAsync(here, there, Bytes)).ShouldBeGreaterThan(TimeSpan.FromSeconds(0.6));
        await Net.ImproveAsync("fra", "ber");
        (await CarryAsync(here, there, Bytes)).ShouldBeLessThan(TimeSpan.FromSeconds(0.6));
    }

    [SiteFact]
    public async Task A_link_is_delayed_where_the_kernel_can()
    {
        var delay = TimeSpan.FromMilliseconds(150);
        Assert.SkipUnless(await Net.TryWorsenAsync("fra", "ber", delay), "this kernel has no network emulator (sch_netem)");
        using var probe = await Probe.OnAsync(Net);

        var start = Stopwatch.GetTimestamp();
        await probe.PassesAsync("fra-1", "ber-1");

        Stopwatch.GetElapsedTime(start).ShouldBeGreaterThan(delay - TimeSpan.FromMilliseconds(10));
        await Net.ImproveAsync("fra", "ber");
    }

    private static Task<Socket> ClientAsync(NetHost host) => host.Namespace.SocketAsync(SocketType.Stream, ProtocolType.Tcp);

    private static async Task<Socket> ListenAsync(NetHost host)
    {
        var socket = await ClientAsync(host);
        socket.Bind(new IPEndPoint(IPAddress.Parse(host.Address), 0));
        socket.Listen();
        return socket;
    }

    private static async Task<TimeSpan> CarryAsync(NetHost from, NetHost to, int bytes)
    {
        using var listener = await ListenAsync(to);
        using var client = await ClientAsync(from);
        await client.ConnectAsync((IPEndPoint)listener.LocalEndPoint!);
        using var server = await listener.AcceptAsync();
        var start = Stopwatch.GetTimestamp();
        var sending = client.SendAsync(new byte[bytes]);
        var buffer = new byte[64 * 1024];
        for (var received = 0; received < bytes;)
        {
            received += await server.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(20));
        }

        await sending;
        return Stopwatch.GetElapsedTime(start);
    }
}
