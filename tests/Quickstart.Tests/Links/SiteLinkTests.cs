using System.Net;
using System.Net.Sockets;
using System.Text;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Links;

namespace Holdfast.Quickstart.Tests.Links;

public sealed class SiteLinkTests : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    /// <summary>Long enough that what passes at all on loopback has passed.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(200);
    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast-link-").FullName;
    private readonly Place _place;
    private readonly SiteLink _link;
    private readonly MemberPlace _south;
    private readonly MemberPlace _seen;
    private readonly TcpListener _server;

    public SiteLinkTests()
    {
        _place = Place.CreateTwoSites(_folder);
        _link = new SiteLink(_place);
        _south = _place.Member("orders-south-1");
        _seen = _link.SeenFrom("north", _south);
        _server = new TcpListener(IPAddress.Loopback, _south.Port);
        _server.Start();
    }

    public async ValueTask DisposeAsync()
    {
        _server.Dispose();
        await _link.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_is_sent_while_the_link_is_cut_arrives_when_it_is_whole_on_the_same_connection()
    {
        using var client = await ConnectAsync();
        using var served = await _server.AcceptSocketAsync().WaitAsync(Deadline);
        await client.SendAsync("one"u8.ToArray());
        (await ReadAsync(served)).ShouldBe("one");

        _link.Cut();
        await client.SendAsync("two"u8.ToArray());
        var read = ReadAsync(served);
        (await Task.WhenAny(read, Task.Delay(Silence))).ShouldNotBe(read);

        _link.Heal();
        (await read.WaitAsync(Deadline)).ShouldBe("two");
        await served.SendAsync("three"u8.ToArray());
        (await ReadAsync(client)).ShouldBe("three");
    }

    [Fact]
    public async Task The_death_of_one_end_is_not_learnt_across_a_link_that_is_cut()
    {
        using var client = await ConnectAsync();
        var served = await _server.AcceptSocketAsync().WaitAsync(Deadline);
        _link.Cut();
        served.Close(0);
        var read = client.ReceiveAsync(new byte[1]);
        (await Task.WhenAny(read, Task.Delay(Silence))).ShouldNotBe(read);

        _link.Heal();
        await Should.ThrowAsync<SocketException>(() => read.WaitAsync(Deadline));
    }

    [Fact]
    public async Task A_connection_asked_for_while_the_link_is_cut_reaches_nobody_before_it_is_whole()
    {
        _link.Cut();
        using var client = await ConnectAsync();
        var accepted = _server.AcceptSocketAsync();
        (await Task.WhenAny(accepted, Task.Delay(Silence))).ShouldNotBe(accepted);
        _link.Heal();
        using var served = await accepted.WaitAsync(Deadline);
    }

    [Fact]
    public async Task Nobody_listening_over_there_is_a_reset_here()
    {
        _server.Stop();
        await Should.ThrowAsync<SocketException>(async () =>
        {
            using var client = await ConnectAsync(); // The reset may come as early as this.
            await client.ReceiveAsync(new byte[1]).WaitAsync(Deadline);
        });
    }

    [Fact]
    public async Task Datagrams_sent_while_the_link_is_cut_are_lost_and_later_ones_arrive()
    {
        using var heard = new UdpClient(new IPEndPoint(IPAddress.Loopback, _south.AgentPort));
        using var sender = new UdpClient();
        var target = new IPEndPoint(IPAddress.Loopback, _seen.AgentPort);
        _link.Cut();
        await sender.SendAsync("lost"u8.ToArray(), target);
        await Task.Delay(Silence);
        _link.Heal();
        await sender.SendAsync("heard"u8.ToArray(), target);
        Encoding.ASCII.GetString((await heard.ReceiveAsync().WaitAsync(Deadline)).Buffer).ShouldBe("heard");
    }

    [Fact]
    public void A_site_reaches_its_own_members_as_they_are() => _link.SeenFrom("south", _south).ShouldBe(_south);

    private async Task<Socket> ConnectAsync()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, _seen.Port).WaitAsync(Deadline);
        return client;
    }

    private static async Task<string> ReadAsync(Socket socket)
    {
        var buffer = new byte[100];
        var count = await socket.ReceiveAsync(buffer).WaitAsync(Deadline);
        return Encoding.ASCII.GetString(buffer, 0, count);
    }
}
