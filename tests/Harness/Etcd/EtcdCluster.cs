using System.Collections.Immutable;
using Holdfast.Harness.Files;
using Holdfast.Harness.Ports;

namespace Holdfast.Harness.Etcd;

/// <summary>An etcd cluster of one or more servers on loopback, in a temporary folder, gone on dispose.</summary>
public sealed class EtcdCluster : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;

    private EtcdCluster(EtcdOptions options, TemporaryFolder folder)
    {
        _folder = folder;
        Options = options;
        var ports = FreePorts.Take(2 * options.Servers);
        var members = string.Join(
            ',', Enumerable.Range(0, options.Servers).Select(index => $"etcd{index + 1}=http://127.0.0.1:{ports[(2 * index) + 1]}"));
        Servers =
        [
            .. Enumerable.Range(0, options.Servers).Select(index => new EtcdServer(
                options, $"etcd{index + 1}", folder.Path, ports[2 * index], ports[(2 * index) + 1], members)),
        ];
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
}
