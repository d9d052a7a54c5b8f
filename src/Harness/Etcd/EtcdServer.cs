using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Holdfast.Harness.Processes;

namespace Holdfast.Harness.Etcd;

/// <summary>One etcd process, which can be killed, frozen, and started again on the same data and ports.</summary>
public sealed class EtcdServer : IAsyncDisposable
{
    private readonly EtcdOptions _options;
    private readonly string _folder;
    private readonly string _initialCluster;
    private readonly EtcdSeat _seat;
    private ChildProcess? _process;

    internal EtcdServer(EtcdOptions options, string name, string folder, EtcdSeat seat, string initialCluster)
    {
        _options = options;
        _folder = folder;
        _initialCluster = initialCluster;
        Name = name;
        _seat = seat;
        PeerAddress = new Uri($"http://{seat.Place.Address}:{seat.PeerPort}");
        ClientAddress = new Uri($"{(options.Certificates is null ? "http" : "https")}://{seat.Place.Address}:{seat.ClientPort}");
    }

    public string Name { get; }
    public int ClientPort => _seat.ClientPort;
    public Uri ClientAddress { get; }
    public Uri PeerAddress { get; }
    public string LogFile => Path.Combine(_folder, $"{Name}.log");

    /// <summary>The process.</summary>
    /// <exception cref="InvalidOperationException">Not started yet.</exception>
    public ChildProcess Process => _process ?? throw new InvalidOperationException($"etcd {Name} is not started");

    /// <summary>Starts the process, without waiting for it to be ready.</summary>
    public void Launch() => _process = ChildProcess.Start("etcd", Arguments(), LogFile, _folder, place: _seat.Place);

    /// <summary>Starts the process and waits until it serves linearizable reads.</summary>
    public async Task StartAsync()
    {
        Launch();
        await ReadyAsync();
    }

    /// <summary>Waits until the server answers linearizable reads.</summary>
    /// <exception cref="InvalidOperationException">It ended, or is not ready in time; the message has the end of its log.</exception>
    public async Task ReadyAsync()
    {
        using var client = ReadinessClient();
        await Eventually.TrueAsync(
            async () => Process.HasExited
                ? throw new InvalidOperationException($"etcd {Name} ended with {Process.ExitCode}; its log {LogFile}:\n{Process.LogTail()}")
                : await HealthyAsync(client),
            TimeSpan.FromSeconds(30),
            () => $"etcd {Name} does not become ready; its log {LogFile}:\n{Process.LogTail()}");
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => Process.KillAsync();

    /// <summary>Kills it and removes its data, as the loss of its disk would.</summary>
    public async Task WipeAsync()
    {
        await KillAsync();
        Directory.Delete(Path.Combine(_folder, Name), recursive: true);
    }

    /// <summary>SIGSTOP: connections stay open and accept, nothing is answered.</summary>
    public Task FreezeAsync() => Process.FreezeAsync();

    /// <summary>SIGCONT.</summary>
    public void Thaw() => Process.Thaw();

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<bool> HealthyAsync(HttpClient client)
    {
        try
        {
            // The answer comes after a read through Raft, and through the very port that clients use.
            using var response = await client.GetAsync(new Uri(ClientAddress, "/health"));
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private HttpClient ReadinessClient()
    {
        var handler = new SocketsHttpHandler();
        if (_options.Certificates is { } certificates)
        {
            handler.SslOptions.ClientCertificates =
                [X509Certificate2.CreateFromPemFile(certificates.ClientFile, certificates.ClientKeyFile)];
            // Whether the certificate is good is what tests find out; here the question is only whether somebody serves.
#pragma warning disable MA0039, CA5359
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore MA0039, CA5359
        }

        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(2) };
    }

    private IEnumerable<string> Arguments()
    {
        yield return $"--name={Name}";
        yield return $"--data-dir={Path.Combine(_folder, Name)}";
        yield return $"--listen-client-urls={ClientAddress.GetLeftPart(UriPartial.Authority)}";
        yield return $"--advertise-client-urls={ClientAddress.GetLeftPart(UriPartial.Authority)}";
        yield return $"--listen-peer-urls={PeerAddress.GetLeftPart(UriPartial.Authority)}";
        yield return $"--initial-advertise-peer-urls={PeerAddress.GetLeftPart(UriPartial.Authority)}";
        yield return $"--initial-cluster={_initialCluster}";
        yield return "--initial-cluster-state=new";
        yield return "--pre-vote";
        yield return "--logger=zap";
        yield return "--log-outputs=stderr";
        yield return $"--heartbeat-interval={Milliseconds(_options.Heartbeat)}";
        yield return $"--election-timeout={Milliseconds(_options.Election)}";
        yield return $"--auth-token-ttl={_options.TokenSeconds}";
        if (_options.QuotaBytes is { } quota)
        {
            yield return $"--quota-backend-bytes={quota}";
        }

        if (_options.Certificates is { } certificates)
        {
            yield return $"--cert-file={certificates.ServerFile}";
            yield return $"--key-file={certificates.ServerKeyFile}";
            if (_options.RequireClientCertificate)
            {
                yield return $"--trusted-ca-file={certificates.CaFile}";
                yield return "--client-cert-auth";
            }
        }
    }

    private static string Milliseconds(TimeSpan span) => ((int)span.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
}
