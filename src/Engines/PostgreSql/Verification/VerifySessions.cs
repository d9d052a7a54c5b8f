using System.Collections.Concurrent;
using System.Net.Sockets;
using Holdfast.Verification.Targets;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Verification;

/// <summary>
/// Sessions for comparing, one pool per database, all with the same fixed settings, so that hashes do not depend on a server's or a user's.
/// They are ordinary readers: the gate may end them, recovery may cancel them; then the statement is run again.
/// </summary>
internal sealed class VerifySessions(string member, NpgsqlConnectionStringBuilder address, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Not one of the names that the gate spares.</summary>
    public const string ApplicationName = "holdfast verify";
    private const int Attempts = 9;
    private const int LossesTolerated = 3;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private static readonly string[] Settings =
    [
        "search_path=pg_catalog", "datestyle=ISO,YMD", "intervalstyle=postgres", "timezone=UTC", "extra_float_digits=1", "bytea_output=hex",
        "xmloption=content", "xmlbinary=base64", "lc_monetary=C", "array_nulls=on", "standard_conforming_strings=on", "quote_all_identifiers=off",
        "row_security=off", "default_transaction_read_only=on", "default_transaction_isolation=read\\ committed", "synchronous_commit=off",
        "jit=off", "max_parallel_workers_per_gather=0", "enable_hashjoin=off", "enable_mergejoin=off", "work_mem=32MB",
        "statement_timeout=30s", "lock_timeout=2s", "idle_in_transaction_session_timeout=30s", "client_min_messages=error",
    ];

    private readonly ConcurrentDictionary<string, NpgsqlDataSource> _sources = new(StringComparer.Ordinal);

    /// <summary>Runs reads in a session of a database. What another attempt can mend is tried again, so they must bear being repeated.</summary>
    /// <exception cref="VerifyException">They failed, for a reason that its kind tells.</exception>
    public async Task<T> RunAsync<T>(string database, Func<NpgsqlConnection, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        var (pause, losses) = (FirstPause, 0);
        for (var attempt = 1; ; attempt++)
        {
            var opened = false;
            try
            {
                await using var connection = _sources.GetOrAdd(database, Create).CreateConnection();
                await connection.OpenAsync(cancellationToken);
                opened = true;
                return await read(connection, cancellationToken);
            }
            catch (PostgresException exception) when (!IsPassing(exception.SqlState) || attempt == Attempts)
            {
                throw Explain(exception, database);
            }
            catch (PostgresException)
            {
                // Another attempt follows, after the pause below.
                losses = 0;
            }
            catch (Exception exception) when (exception is NpgsqlException or IOException or SocketException or TimeoutException)
            {
                losses += opened ? 1 : 0;
                if (losses > LossesTolerated)
                {
                    throw new VerifyException(
                        VerifyFault.Unreadable, $"the server ends the session each time it is read; see the server's log ({exception.Message})", exception);
                }

                if (attempt == Attempts)
                {
                    throw new VerifyException(
                        VerifyFault.Unreachable, $"the server of {member} does not answer ({exception.Message}): see 'holdfast status'", exception);
                }
            }

            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources.Values)
        {
            await source.DisposeAsync();
        }
    }

    /// <summary>Cancelled by recovery, deadlock, a lock, an end of the session or of the server, no free connection, a start that goes on.</summary>
    private static bool IsPassing(string state) =>
        state is "40001" or "40P01" or "55P03" or "57P01" or "57P02" or "57P03" or "57P05" or "53300" || state.StartsWith("08", StringComparison.Ordinal);

    private VerifyException Explain(PostgresException exception, string database)
    {
        var detail = exception.Detail is { Length: > 0 } more ? $"{exception.MessageText} ({more})" : exception.MessageText;
        return exception.SqlState switch
        {
            // Class XX: internal errors, data and index corrupted; 58: the system's errors, such as a block that cannot be read.
            var state when state.StartsWith("XX", StringComparison.Ordinal) || state.StartsWith("58", StringComparison.Ordinal) =>
                new VerifyException(VerifyFault.Unreadable, detail, exception),
            "57014" => new VerifyException(VerifyFault.TooLong, $"reading takes longer than 30 s at {member}", exception),
            "40001" => new VerifyException(VerifyFault.TooLong, $"recovery at {member} cancels the read each time ({detail})", exception),
            "42P01" or "42703" or "3F000" or "42704" or "42883" => new VerifyException(VerifyFault.Changed, detail, exception),
            "3D000" => new VerifyException(VerifyFault.NotComparable, $"{member} has no database {database} (any more): verify again", exception),
            "55P03" => new VerifyException(
                VerifyFault.Failed, $"a table of {database} is locked exclusively at {member} for long; verify again when that is over", exception),
            _ => new VerifyException(VerifyFault.Failed, $"{member}, database {database}: {detail} ({exception.SqlState})", exception),
        };
    }

    private NpgsqlDataSource Create(string database)
    {
        var builder = new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(address.ConnectionString)
        {
            Database = database,
            ApplicationName = ApplicationName,
            Options = string.Join(' ', Settings.Select(setting => $"-c {setting}")),
            Pooling = true,
            MinPoolSize = 0,
            MaxPoolSize = 32,
            ConnectionIdleLifetime = 10,
            ConnectionPruningInterval = 5,
            NoResetOnClose = true,
            Enlist = false,
            Timeout = 10,
            CommandTimeout = 0,
            CancellationTimeout = 2000,
        }.ConnectionString);
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        return builder.Build();
    }
}
