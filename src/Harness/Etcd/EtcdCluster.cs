using System.Collections.Immutable;
using Holdfast.Harness.Files;
using Holdfast.Harness.Network;
using Holdfast.Harness.Ports;

namespace Holdfast.Harness.Etcd;

/// <summary>Where one server of a cluster runs and listens.</summary>
internal sealed record EtcdSeat(Place Place, int ClientPort, int PeerPort);

/// <summary>An etcd cluster of one or more servers, in a temporary folder, gone on dispose.</summary>
public sealed class EtcdCluster : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;

    private EtcdCluster(EtcdOptions options, TemporaryFolder folder)
    {
        _folder = folder;
        Options = options;
        var seats = Seats(options);
        var members = string.Join(',', seats.Select((seat, index) => $"etcd{index + 1}=http://{seat.Place.Address}:{seat.PeerPort}"));
        Servers = [.. seats.Select((seat, index) => new EtcdServer(options, $"etcd{index + 1}", folder.Path, seat, members))];
        Admin = new EtcdAdmin(this);
    }

    public EtcdOptions Options { get; }
    public ImmutableArray<EtcdServer> Servers { get; }

    /// <summary>Where clients connect, in the order of <see cref="Servers"/>.</summary>
    public ImmutableArray<Uri> Endpoints => [.. Servers.Select(server => server.ClientAddress)];

    /// <summary>What an administrator does by <c>etcdctl</c>.</summary>
    public EtcdAdmin Admin { get; }

    /// <summary>Starts the servers, waits until they serve, and turns log-in on when the options say so.</summary>
    public static async Task<EtcdCluster> StartAsync(EtcdOptions? options = null)
    {
        var cluster = new EtcdCluster(options ?? new EtcdOptions(), new TemporaryFolder("etcd"));
        try
        {
            foreach (var server in cluster.Servers)
            {
                server.Launch();
            }

            await Task.WhenAll(cluster.Servers.Select(server => server.ReadyAsync()));
            if (cluster.Options.RootPassword is { } password)
            {
                await cluster.Admin.EnableLoginAsync(password);
            }
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        return cluster;
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        foreach (var server in Servers)
        {
            await server.DisposeAsync();
        }

        _folder.Dispose();
    }

    private static ImmutableArray<EtcdSeat> Seats(EtcdOptions options)
    {
        if (!options.Places.IsEmpty)
        {
            return [.. options.Places.Select(place => new EtcdSeat(place, options.Port, options.Port + 1))];
        }

        var ports = FreePorts.Take(2 * options.Servers);
        return [.. ports.Chunk(2).Select(pair => new EtcdSeat(Place.Loopback, pair[0], pair[1]))];
    }
}
