using System.Diagnostics;
using Holdfast.Quickstart.Processes;
using Npgsql;

namespace Holdfast.Quickstart.Tests.Writing;

/// <summary>Two PostgreSQL servers that know nothing of each other, each ready for the writer.</summary>
public sealed class TwoServers : IDisposable
{
    private static readonly string Binaries =
        Directory.GetDirectories("/usr/lib/postgresql").OrderBy(path => int.Parse(Path.GetFileName(path))).Last() + "/bin";
    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast-writer-").FullName;

    public TwoServers()
    {
        Ports = [.. Holdfast.Quickstart.Layout.Ports.FindFree(2)];
        if (IsRoot)
        {
            // PostgreSQL does not run as root: its own user gets the folder.
            Start("chown", "postgres", _folder);
        }

        try
        {
            foreach (var port in Ports)
            {
                Create(port);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int[] Ports { get; }

    public string ConnectionString
    {
        get
        {
            var builder = Quickstart.Writing.AppDatabase.OrdinaryConnection(string.Join(",", Ports.Select(port => $"127.0.0.1:{port}")));
            builder.Password = "app";
            return builder.ConnectionString;
        }
    }

    /// <summary>Sends to the server's main process and all that work in its data directory.</summary>
    internal void Send(int port, Signal signal)
    {
        foreach (var process in ProcessTable.Of(Data(port)))
        {
            Signals.Send(process, signal);
        }
    }

    public void Dispose()
    {
        foreach (var port in Ports)
        {
            Send(port, Signal.Continue);
            if (Postmaster.Of(Data(port)) is not null)
            {
                Run("pg_ctl", "-D", Data(port), "-m", "immediate", "-w", "stop");
            }
        }

        Directory.Delete(_folder, recursive: true);
    }

    private string Data(int port) => Path.Combine(_folder, $"{port}");

    private void Create(int port)
    {
        Run("initdb", "-D", Data(port), "-U", "postgres", "-A", "trust", "--no-sync");
        File.AppendAllText(
            Path.Combine(Data(port), "postgresql.conf"),
            $"port={port}\nlisten_addresses='127.0.0.1'\nunix_socket_directories='{_folder}'\nfsync=off\n");
        File.WriteAllText(
            Path.Combine(Data(port), "pg_hba.conf"), "local all postgres trust\nhost app app 127.0.0.1/32 scram-sha-256\n");
        Run("pg_ctl", "-D", Data(port), "-l", Data(port) + ".log", "-w", "start");
        Execute(port, "postgres", "create role app login password 'app'", "create database app owner app");
        Execute(port, "app", "create table writes (id bigint primary key)", "alter table writes owner to app");
    }

    /// <summary>Ends a server as a crash would, and starts it again.</summary>
    internal void Restart(int port)
    {
        Run("pg_ctl", "-D", Data(port), "-m", "immediate", "-w", "restart", "-l", Data(port) + ".log");
    }

    /// <summary>Empties the table on both.</summary>
    public void Clear()
    {
        foreach (var port in Ports)
        {
            Execute(port, "app", "truncate writes");
        }
    }

    public IReadOnlyList<long> ReadIds(int port)
    {
        using var connection = new NpgsqlConnection($"Host={_folder};Port={port};Username=postgres;Database=app;Pooling=false;Timeout=10");
        connection.Open();
        using var command = new NpgsqlCommand("select id from writes", connection);
        using var reader = command.ExecuteReader();
        var ids = new List<long>();
        while (reader.Read())
        {
            ids.Add(reader.GetInt64(0));
        }

        return ids;
    }

    private void Execute(int port, string database, params string[] statements)
    {
        using var connection = new NpgsqlConnection(
            $"Host={_folder};Port={port};Username=postgres;Database={database};Pooling=false;Timeout=10");
        connection.Open();
        foreach (var statement in statements)
        {
            using var command = new NpgsqlCommand(statement, connection);
            command.ExecuteNonQuery();
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        string[] asItsUser = IsRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];
        Start([.. asItsUser, Path.Combine(Binaries, program), .. arguments]);
    }

    private static bool IsRoot => Environment.UserName == "root";

    private static void Start(params string[] command)
    {
        string[] shell = ["-c", "exec \"$@\" >/dev/null 2>&1", "sh"];
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", [.. shell, .. command]))!;
        process.WaitForExit(TimeSpan.FromSeconds(30)).ShouldBeTrue($"{command[0]} did not end");
        process.ExitCode.ShouldBe(0, string.Join(' ', command));
    }
}
