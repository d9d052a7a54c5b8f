using System.Diagnostics;
using Holdfast.Harness.Etcd;
using Holdfast.Harness.Files;
using Holdfast.Harness.Ports;
using Holdfast.Harness.Processes;

namespace Holdfast.Harness.ObjectStores;

/// <summary>
/// A real object store on loopback: Ceph with one monitor, one OSD that keeps everything in memory, and the object gateway, which speaks S3 over TLS
/// with a certificate of an authority of our own. For tests of what happens to backups, not of Ceph: nothing in it is safe.
/// </summary>
public sealed class CephCluster : IAsyncDisposable
{
    public const string AccessKey = "HOLDFASTTESTKEY";
    public const string SecretKey = "holdfast-test-secret";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly TemporaryFolder _folder = new("ceph");
    private readonly int[] _ports = FreePorts.Take(2);
    private readonly List<ChildProcess> _processes = [];

    private CephCluster()
    {
        Certificates = EtcdCertificates.Create(_folder.File("tls"));
        Port = _ports[1];
    }

    /// <summary>All of its programs are installed here.</summary>
    public static bool IsInstalled { get; } = Array.TrueForAll(
        ["ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "monmaptool", "ceph-authtool"], name => File.Exists($"/usr/bin/{name}"));

    public EtcdCertificates Certificates { get; }
    /// <summary>Of the gateway, on loopback.</summary>
    public int Port { get; }
    public ChildProcess Gateway { get; private set; } = null!;

    /// <summary>The authority that vouches for the gateway.</summary>
    public string AuthorityFile => Certificates.CaFile;

    private string Configuration => _folder.File("ceph.conf");

    public static async Task<CephCluster> StartAsync()
    {
        var cluster = new CephCluster();
        try
        {
            await cluster.BeginAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public S3Client Client() => new(new Uri($"https://localhost:{Port}"), AccessKey, SecretKey, AuthorityFile);

    public void StartGateway() =>
        _processes.Add(Gateway = ChildProcess.Start("radosgw", ["-c", Configuration, "-n", "client.rgw", "-f"], _folder.File("rgw.out"), _folder.Path));

    /// <summary>Waits until the gateway answers.</summary>
    public async Task ReadyAsync()
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            // Whether the certificate is good is what tests find out; here the question is only whether somebody serves.
#pragma warning disable MA0039, CA5359
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
#pragma warning restore MA0039, CA5359
        })
        { Timeout = TimeSpan.FromSeconds(5) };
        await Eventually.TrueAsync(
            async () =>
            {
                foreach (var process in _processes.Where(process => process.HasExited && process != Gateway))
                {
                    throw new InvalidOperationException($"a part of Ceph ended with {process.ExitCode}:\n{process.LogTail()}");
                }

                try
                {
                    using var response = await client.GetAsync(new Uri($"https://localhost:{Port}/"));
                    return response.IsSuccessStatusCode;
                }
                catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
                {
                    return false;
                }
            },
            Limit, () => $"the object gateway does not become ready:\n{Gateway.LogTail()}\n{Tail("client.rgw.log")}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_processes))
        {
            await process.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task BeginAsync()
    {
        var (id, disk) = (Guid.NewGuid(), Guid.NewGuid());
        foreach (var name in (ReadOnlySpan<string>)["mon", "osd", "rgw", "run"])
        {
            Directory.CreateDirectory(_folder.File(name));
        }

        await File.WriteAllTextAsync(
            _folder.File("tls", "gateway.pem"),
            await File.ReadAllTextAsync(Certificates.ServerFile) + "\n" + await File.ReadAllTextAsync(Certificates.ServerKeyFile) + "\n");
        await File.WriteAllTextAsync(Configuration, Text(id));
        var keys = _folder.File("keyring");
        string[] all = ["--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *"];
        await RunAsync("ceph-authtool", keys, "--create-keyring", "--gen-key", "-n", "mon.", "--cap", "mon", "allow *");
        foreach (var name in (string[])["client.admin", "client.rgw", "osd.0"])
        {
            await RunAsync("ceph-authtool", [keys, "--gen-key", "-n", name, .. all]);
        }

        await RunAsync("monmaptool", "--create", "--fsid", id.ToString(), "--addv", "a", $"[v2:127.0.0.1:{_ports[0]}/0]", _folder.File("monmap"));
        await RunAsync("ceph-mon", "-c", Configuration, "--mkfs", "-i", "a", "--monmap", _folder.File("monmap"), "--keyring", keys);
        _processes.Add(ChildProcess.Start("ceph-mon", ["-c", Configuration, "-f", "-i", "a"], _folder.File("mon.out"), _folder.Path));
        await RunAsync("ceph", "-c", Configuration, "--connect-timeout", "60", "osd", "new", disk.ToString());
        await RunAsync("ceph-osd", "-c", Configuration, "-i", "0", "--mkfs", "--osd-uuid", disk.ToString());
        _processes.Add(ChildProcess.Start("ceph-osd", ["-c", Configuration, "-f", "-i", "0"], _folder.File("osd.out"), _folder.Path));
        await Eventually.TrueAsync(
            async () => (await RunAsync("ceph", "-c", Configuration, "osd", "stat")).Contains("1 up", StringComparison.Ordinal), Limit,
            () => $"the OSD does not come up:\n{Tail("osd.0.log")}");
        StartGateway();
        await ReadyAsync();
        await RunAsync(
            "radosgw-admin", "-c", Configuration, "-n", "client.rgw", "user", "create", "--uid=holdfast", "--display-name=holdfast",
            $"--access-key={AccessKey}", $"--secret-key={SecretKey}");
    }

    private string Text(Guid id) => $"""
        [global]
        fsid = {id}
        mon host = [v2:127.0.0.1:{_ports[0]}/0]
        keyring = {_folder.File("keyring")}
        run dir = {_folder.File("run")}
        admin socket =
        pid file =
        crash dir = {_folder.File("run")}
        log file = {_folder.Path}/$name.log
        mon cluster log file =
        mon data = {_folder.File("mon")}
        mon data avail crit = 1
        mon data avail warn = 1
        mon allow pool size one = true
        paxos propose interval = 0.05
        paxos min wait = 0.01
        osd data = {_folder.File("osd")}
        osd objectstore = memstore
        memstore device bytes = 2147483648
        osd pool default size = 1
        osd pool default min size = 1
        osd pool default pg num = 1
        osd pool default pg autoscale mode = off
        osd crush chooseleaf type = 0
        rgw data = {_folder.File("rgw")}
        [client.rgw]
        rgw frontends = beast ssl_endpoint=127.0.0.1:{Port} ssl_certificate={_folder.File("tls", "gateway.pem")}
        rgw thread pool size = 32

        """;

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.Path,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var late = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException exception)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} does not end:\n{Tail("mon.a.log")}", exception);
        }

        return process.ExitCode == 0
            ? await output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {await errors}{await output}");
    }

    private string Tail(string name) => File.Exists(_folder.File(name)) ? string.Join('\n', File.ReadLines(_folder.File(name)).TakeLast(20)) : "(no log)";
}
