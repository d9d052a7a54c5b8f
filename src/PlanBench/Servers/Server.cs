using System.Diagnostics;
using System.Globalization;
using Holdfast.Harness;
using Holdfast.Harness.Ports;
using Holdfast.Harness.Processes;
using Npgsql;

namespace Holdfast.PlanBench.Servers;

/// <summary>A real PostgreSQL server on loopback, without a manager.</summary>
internal sealed class Server : IAsyncDisposable
{
    private static readonly TimeSpan ToolDeadline = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(20);

    private readonly ChildProcess _process;

    private Server(string binaries, string data, int port)
    {
        (Data, Port) = (data, port);
        _process = ChildProcess.Start(Path.Combine(binaries, "postgres"), ["-D", data, "-p", $"{port}"], data + ".log");
    }

    public string Data { get; }
    public int Port { get; }

    public string Address(string database = "postgres") =>
        $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database};Pooling=false;Timeout=10;Command Timeout=120";

    /// <summary>A new primary, of the settings that matter here.</summary>
    public static async Task<Server> CreateAsync(string binaries, string data)
    {
        await RunAsync(binaries, "initdb", "--pgdata", data, "--username", "postgres", "--auth=trust", "--encoding=UTF8");
        await File.AppendAllTextAsync(Path.Combine(data, "postgresql.conf"), """

            listen_addresses = '127.0.0.1'
            unix_socket_directories = ''
            max_wal_size = 8GB
            checkpoint_timeout = 1h
            wal_keep_size = 4GB
            synchronous_commit = local
            wal_receiver_status_interval = 1s
            wal_sender_timeout = 120s
            wal_receiver_timeout = 120s
            """);
        return await ReadyAsync(new Server(binaries, data, FreePorts.Take()));
    }

    /// <summary>A standby that reaches its primary through a port.</summary>
    public static async Task<Server> FollowAsync(string binaries, string data, Server primary, int through, string name)
    {
        await RunAsync(binaries, "pg_basebackup", "-D", data, "-h", "127.0.0.1", "-p", $"{primary.Port}", "-U", "postgres", "-X", "stream", "-c", "fast");
        await File.AppendAllTextAsync(
            Path.Combine(data, "postgresql.auto.conf"),
            $"primary_conninfo = 'host=127.0.0.1 port={through} user=postgres application_name={name}'\nsynchronous_standby_names = ''\n");
        await File.WriteAllTextAsync(Path.Combine(data, "standby.signal"), "");
        return await ReadyAsync(new Server(binaries, data, FreePorts.Take()));
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Address());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<double> NumberAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Address());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToDouble(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Send(Signal.Interrupt);
        await _process.StopAsync(StopDeadline);
        await _process.DisposeAsync();
    }

    private static async Task<Server> ReadyAsync(Server server)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return await server.NumberAsync("select 1") == 1;
                }
                catch (NpgsqlException)
                {
                    return false;
                }
            },
            StartDeadline, () => $"the server in {server.Data} does not answer:\n{server._process.LogTail()}");
        return server;
    }

    private static async Task RunAsync(string binaries, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(binaries, program))
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        using var limit = new CancellationTokenSource(ToolDeadline);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        await process.WaitForExitAsync(limit.Token);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} failed: {await error}{await output}");
        }
    }
}
