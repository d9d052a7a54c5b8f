using System.Diagnostics;
using System.Globalization;
using Holdfast.Engines.PostgreSql.Verification;
using Npgsql;

namespace Holdfast.Verification.Tests.Servers;

/// <summary>A real server in a folder of its own, reached by its socket only.</summary>
public sealed class PgServer : IAsyncDisposable
{
    public const string Bin = "/usr/lib/postgresql/15/bin";
    private const int Port = 5432;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly string _run;
    private bool _running;

    private PgServer(string name, string root)
    {
        Name = name;
        Data = Path.Combine(root, name);
        _run = Path.Combine(root, name + ".run");
        Directory.CreateDirectory(_run);
    }

    public string Name { get; }
    public string Data { get; }

    /// <summary>Arguments of PostgreSQL's programs.</summary>
    public string[] Connection => ["-h", _run, "-p", $"{Port}", "-U", "postgres", "postgres"];

    public PostgreSqlVerifyTarget Target() => new(Name, _run, Port, "postgres", TimeProvider.System);

    /// <summary>A new cluster, running.</summary>
    public static async Task<PgServer> CreateAsync(string name, string root)
    {
        var server = new PgServer(name, root);
        await RunAsync($"{Bin}/initdb", "-D", server.Data, "-k", "-U", "postgres", "-A", "trust", "--no-sync", "--locale=C.UTF-8");
        await File.AppendAllTextAsync(Path.Combine(server.Data, "postgresql.conf"), """
            listen_addresses = ''
            fsync = off
            shared_buffers = 32MB
            max_wal_size = 256MB
            wal_keep_size = 256MB
            dynamic_shared_memory_type = mmap
            wal_log_hints = on
            autovacuum_naptime = 5s
            hot_standby_feedback = off

            """);
        await server.StartAsync();
        return server;
    }

    /// <summary>A standby that streams from this server.</summary>
    public async Task<PgServer> AddStandbyAsync(string name)
    {
        var standby = new PgServer(name, Path.GetDirectoryName(Data)!);
        await RunAsync($"{Bin}/pg_basebackup", "-h", _run, "-p", $"{Port}", "-U", "postgres", "-D", standby.Data, "-R", "-X", "stream", "-c", "fast", "--no-sync");
        await standby.StartAsync();
        return standby;
    }

    /// <summary>A copy that goes its own way from here: a server of its own with the same data.</summary>
    public async Task<PgServer> ForkAsync(string name)
    {
        var fork = new PgServer(name, Path.GetDirectoryName(Data)!);
        await RunAsync($"{Bin}/pg_basebackup", "-h", _run, "-p", $"{Port}", "-U", "postgres", "-D", fork.Data, "-X", "stream", "-c", "fast", "--no-sync");
        await fork.StartAsync();
        return fork;
    }

    public async Task StartAsync()
    {
        await RunAsync($"{Bin}/pg_ctl", "-D", Data, "-l", Data + ".log", "-w", "-t", "60", "-o", $"-k {_run} -p {Port}", "start");
        _running = true;
    }

    public async Task StopAsync()
    {
        _running = false;
        await RunAsync($"{Bin}/pg_ctl", "-D", Data, "-w", "-m", "fast", "stop");
    }

    /// <summary>Makes a running standby the primary.</summary>
    public Task PromoteAsync() => RunAsync($"{Bin}/pg_ctl", "-D", Data, "-w", "-t", "60", "promote");

    /// <summary>Starts a server that was stopped in good order as a standby of its successor.</summary>
    public async Task FollowAsync(PgServer successor)
    {
        await File.AppendAllTextAsync(
            Path.Combine(Data, "postgresql.auto.conf"), $"primary_conninfo = 'host={successor._run} port={Port} user=postgres'\n");
        await File.WriteAllTextAsync(Path.Combine(Data, "standby.signal"), "");
        await StartAsync();
    }

    public async Task ExecuteAsync(string sql, string database = "postgres")
    {
        await using var connection = await ConnectAsync(database);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
        await command.ExecuteNonQueryAsync();
    }

    public async Task<string> AskAsync(string sql, string database = "postgres")
    {
        await using var connection = await ConnectAsync(database);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
        return Convert.ToString(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture) ?? "";
    }

    public async Task<NpgsqlConnection> ConnectAsync(string database = "postgres")
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = _run,
            Port = Port,
            Username = "postgres",
            Database = database,
            Pooling = false,
            Timeout = 10,
        }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Where the rows of a table lie in the data directory.</summary>
    public async Task<string> FileOfAsync(string table, string database = "postgres") =>
        Path.Combine(Data, await AskAsync($"SELECT pg_relation_filepath('{table}')", database));

    /// <summary>Waits until a standby of this server shows all that is in the log now.</summary>
    public async Task ReplayedAsync(PgServer standby)
    {
        var position = await AskAsync("SELECT pg_current_wal_flush_lsn()::text");
        await Eventually.TrueAsync(
            async () => await standby.AskAsync($"SELECT pg_last_wal_replay_lsn() >= '{position}'") == "True", TimeSpan.FromSeconds(30),
            () => $"{standby.Name} does not replay up to {position}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_running)
        {
            _running = false;
            await RunAsync($"{Bin}/pg_ctl", "-D", Data, "-w", "-m", "immediate", "stop");
        }
    }

    public static async Task RunAsync(string program, params string[] arguments)
    {
        // The server inherits what pg_ctl has: its output must not be a pipe that it would hold open.
        var log = Path.GetTempFileName();
        try
        {
            using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "out=$1; shift; exec \"$@\" >\"$out\" 2>&1 </dev/null", "sh", log, program, .. arguments]))!;
            try
            {
                await process.WaitForExitAsync().WaitAsync(Limit);
            }
            catch (TimeoutException)
            {
                process.Kill();
                throw;
            }

            process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}: {await File.ReadAllTextAsync(log)}");
        }
        finally
        {
            File.Delete(log);
        }
    }
}
