using System.Globalization;
using Holdfast.Core.Loss;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Copying;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.Engines.PostgreSql.Sessions;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Loss;

/// <summary>
/// A deposed primary's server, started once more to say what its log holds. It listens on no address; its socket is in a folder for our user
/// alone, with access rules that admit the administrator only; it writes to no table, archives nothing, subscribes to nothing and loads no
/// library of the user's. It is the agent's child, and bears a mark on its command line, so that it is never taken for the member's server.
/// </summary>
internal sealed class IsolatedServer : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);
    private readonly Layout _layout;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private readonly Task<ToolResult> _run;
    private readonly Dictionary<string, NpgsqlDataSource> _sources = new(StringComparer.Ordinal);

    private IsolatedServer(Layout layout, Binaries binaries, TimeProvider time, long spillBytes)
    {
        (_layout, _time) = (layout, time);
        _run = ToolRun.RunAsync(binaries.PathOf("postgres"), Arguments(layout, binaries.DataMajor ?? 0, spillBytes), null, null, _end.Token);
    }

    /// <summary>Starts it and waits until it has recovered and answers. The caller has removed what would make it a standby.</summary>
    /// <param name="spillBytes">How much it may write into temporary files.</param>
    /// <exception cref="EngineException">It does not start, or it could be reached from outside.</exception>
    public static async Task<IsolatedServer> StartAsync(
        Layout layout, Binaries binaries, TimeProvider time, long spillBytes, CancellationToken cancellationToken)
    {
        if (Native.EffectiveUser() == 0)
        {
            throw new EngineException("PostgreSQL refuses to run as root: run the agent as an ordinary user, such as postgres");
        }

        DirectoryWork.Remove(layout.IsolatedDirectory);
        DirectoryWork.CreateOwnerOnly(layout.IsolatedDirectory);
        AtomicFile.Write(HostRules(layout), $"local all {RoleNames.Administrator} peer map=holdfast\n");
        File.Delete(layout.PidFile);
        var server = new IsolatedServer(layout, binaries, time, spillBytes);
        try
        {
            await server.AwaitAnswerAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends what an agent before this one left running.</summary>
    public static Task EndLeftAsync(Layout layout, TimeProvider time, CancellationToken cancellationToken) =>
        Wait.UntilAsync(time, Wait.Coarse, () =>
        {
            var processes = PostgresProcesses.ServerProcesses(layout.Data);
            if (!processes.Exists(PostgresProcesses.IsIsolated) && Postmaster.Find(layout) is not null)
            {
                return Task.FromResult(true); // The member's own server runs: what is there belongs to it.
            }

            var isolated = processes.Exists(PostgresProcesses.IsIsolated) || Directory.Exists(layout.IsolatedDirectory);
            foreach (var pid in isolated ? processes : [])
            {
                Native.Signal(pid, Native.Kill);
            }

            if (processes.Count == 0 || !isolated)
            {
                DirectoryWork.Remove(layout.IsolatedDirectory);
                return Task.FromResult(true);
            }

            return Task.FromResult(false);
        }, cancellationToken);

    public async Task<NpgsqlConnection> ConnectAsync(string database, CancellationToken cancellationToken)
    {
        if (!_sources.TryGetValue(database, out var source))
        {
            _sources[database] = source = LocalServer.Create(_layout.IsolatedDirectory, _layout.Port, "loss", database);
        }

        var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand(string.Join("; ", SqlText.SetSession()), connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return connection;
    }

    /// <summary>Stops it in good order, so that nothing has to be recovered before a rewind; then by force. No process of it is left.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources.Values)
        {
            await source.DisposeAsync();
        }

        var pid = PidInFile();
        if (!_run.IsCompleted && pid is { } main && PostgresProcesses.IsIsolated(main))
        {
            Native.Signal(main, Native.Interrupt);
            await Task.WhenAny(_run, Task.Delay(StopLimit, _time));
        }

        await _end.CancelAsync();
        await _run.ContinueWith(run => _ = run.Exception, TaskScheduler.Default);
        await EndLeftAsync(_layout, _time, CancellationToken.None);
        _end.Dispose();
    }

    private static string HostRules(Layout layout) => Path.Combine(layout.IsolatedDirectory, "pg_hba.conf");

    private int? PidInFile() =>
        AtomicFile.ReadOrNull(_layout.PidFile)?.Split('\n')[0] is { } text
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;

    private async Task AwaitAnswerAsync(CancellationToken cancellationToken)
    {
        await Wait.UntilAsync(_time, Wait.Coarse, async () =>
        {
            if (_run.IsCompleted)
            {
                var result = await _run;
                throw new EngineException($"the server of {_layout.Data} does not start alone: {result.Reason}");
            }

            try
            {
                await using var connection = await ConnectAsync(LocalServer.MaintenanceDatabase, cancellationToken);
                await using var command = new NpgsqlCommand(
                    "SELECT current_setting('listen_addresses') || current_setting('primary_conninfo') || pg_is_in_recovery()::text", connection);
                return await command.ExecuteScalarAsync(cancellationToken) is string answer && (answer == "false"
                    ? true
                    : throw new EngineException($"the server of {_layout.Data} did not come up alone: it was ended again"));
            }
            catch (NpgsqlException)
            {
                return false; // It recovers, or has not made its socket yet.
            }
        }, cancellationToken);
    }

    private static IEnumerable<string> Arguments(Layout layout, int major, long spillBytes)
    {
        yield return "-D";
        yield return layout.Data;
        foreach (var (name, value) in Settings(layout, major, spillBytes))
        {
            yield return "-c";
            yield return $"{name}={value}";
        }
    }

    private static IEnumerable<(string Name, string Value)> Settings(Layout layout, int major, long spillBytes)
    {
        yield return (PostgresProcesses.IsolationMark, "on");
        // Nobody comes in.
        yield return ("listen_addresses", "");
        yield return ("unix_socket_directories", layout.IsolatedDirectory);
        yield return ("unix_socket_permissions", "0700");
        yield return ("hba_file", HostRules(layout));
        yield return ("ident_file", layout.IdentityMap);
        yield return ("ssl", "off");
        yield return ("logging_collector", "off");
        yield return ("log_destination", "stderr");
        yield return ("log_statement", "none");
        yield return ("log_min_duration_statement", "-1");
        yield return ("log_min_error_statement", "panic");
        // Nothing goes out, and nothing runs by itself.
        yield return ("primary_conninfo", "");
        yield return ("synchronous_standby_names", "");
        yield return ("archive_mode", "off");
        yield return ("max_logical_replication_workers", "0");
        yield return ("shared_preload_libraries", "");
        yield return ("session_preload_libraries", "");
        yield return ("local_preload_libraries", "");
        yield return ("autovacuum", "off");
        yield return ("default_transaction_read_only", "on");
        yield return ("statement_timeout", "0");
        if (major >= 14)
        {
            yield return ("idle_session_timeout", "0");
        }

        yield return ("wal_level", "logical");
        // A rewind needs the log from before the fork: no checkpoint may let go of any.
        yield return ("wal_keep_size", "2000000000");
        yield return ("max_slot_wal_keep_size", "-1");
        yield return ("temp_file_limit", (Math.Max(1, spillBytes >> 10)).ToString(CultureInfo.InvariantCulture));
        if (major >= 17)
        {
            yield return ("event_triggers", "off");
        }
    }
}
