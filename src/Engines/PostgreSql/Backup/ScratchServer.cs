using System.Globalization;
using System.Text.RegularExpressions;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.Engines.PostgreSql.Sessions;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Backup;

/// <summary>The server of a restored copy: it listens on a socket of its own only, and is no bigger than it must be.</summary>
internal sealed partial class ScratchServer(string data, Binaries binaries, TimeProvider time)
{
    public const int Port = 5432;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan QuestionLimit = TimeSpan.FromMinutes(10);

    // The memory and the helpers of a member are the member's. What has its own schedule or calls elsewhere must not do so from a copy.
    private static readonly string[] Settings =
    [
        "shared_buffers=128MB", "huge_pages=off", "autovacuum=off", "cron.launch_active_jobs=off", "restart_after_crash=off",
    ];

    public string Socket => Path.Combine(data + ".holdfast", "run");
    /// <summary>The first transaction of the copy's own: those before it began in the store, and ended there or are open for ever.</summary>
    public uint FirstTransaction { get; private set; }
    private string Log => Path.Combine(data + ".holdfast", "server.log");

    /// <summary>Until it takes statements, everything up to the target replayed.</summary>
    /// <exception cref="EngineException">It did not get there; its own words are in the message.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var options = string.Join(' ', Settings.Select(setting => "-c " + setting));
        var started = await ToolRun.RunAsync(
            binaries.PathOf("pg_ctl"), ["start", "-w", "-t", "86400", "-D", data, "-l", Log, "-o", options], environment: null, onErrorLine: null,
            cancellationToken);
        if (started.ExitCode != 0)
        {
            throw new EngineException($"the server of the copy does not start: {Reason() ?? started.Reason}");
        }

        while (await IsRecoveringAsync(cancellationToken))
        {
            await Task.Delay(Poll, time, cancellationToken);
        }

        FirstTransaction = uint.Parse(
            (string)(await AskAsync(
                LocalServer.MaintenanceDatabase, "SELECT (pg_current_xact_id()::text::numeric % 4294967296)::text", cancellationToken))!,
            CultureInfo.InvariantCulture);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var stopped = await ToolRun.RunAsync(
            binaries.PathOf("pg_ctl"), ["stop", "-m", "fast", "-w", "-t", "86400", "-D", data], environment: null, onErrorLine: null, cancellationToken);
        if (stopped.ExitCode != 0)
        {
            throw new EngineException($"the server of the copy does not stop: {Reason() ?? stopped.Reason}");
        }
    }

    /// <summary>The first value of the first row; null: there is none.</summary>
    /// <exception cref="NpgsqlException">The server's word.</exception>
    public async Task<object?> AskAsync(string database, string sql, CancellationToken cancellationToken)
    {
        await using var source = LocalServer.Create(Socket, Port, "test", database);
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = (int)QuestionLimit.TotalSeconds;
        return await command.ExecuteScalarAsync(cancellationToken) is var value && value is DBNull ? null : value;
    }

    /// <summary>How far recovery went, by the server's log.</summary>
    public (string? Reached, string? LastCommit) Recovered()
    {
        var text = AtomicFile.ReadOrNull(Log) ?? "";
        return (Value(RedoDone().Match(text)), Value(LastTransaction().Match(text)));

        static string? Value(Match match) => match.Success ? match.Groups["value"].Value : null;
    }

    private async Task<bool> IsRecoveringAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(LocalServer.MaintenanceDatabase, "SELECT pg_is_in_recovery()", cancellationToken) is true;
        }
        catch (Exception exception) when (exception is NpgsqlException or IOException or System.Net.Sockets.SocketException or TimeoutException)
        {
            if (!File.Exists(Path.Combine(data, "postmaster.pid")))
            {
                throw new EngineException(
                    $"the server of the copy ended while it recovered: {Reason() ?? exception.Message}", exception);
            }

            return true;
        }
    }

    /// <summary>What it said last that went wrong; null: nothing.</summary>
    private string? Reason()
    {
        var lines = (AtomicFile.ReadOrNull(Log) ?? "").Split('\n').Where(line => Trouble().IsMatch(line)).Select(line => Head().Replace(line, "")).ToList();
        // What pgBackRest says of the repository comes before what follows from it.
        var told = lines.Where(line => line.StartsWith("ERROR: [", StringComparison.Ordinal)).Take(1).Concat(lines.TakeLast(1)).Distinct();
        return lines.Count == 0 ? null : BackRestRun.Readable(string.Join("; ", told));
    }

    /// <summary>Bytes of its files.</summary>
    public long Bytes() => new DirectoryInfo(data).EnumerateFiles(
            "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
        .Sum(file => file.Length);

    [GeneratedRegex(@"redo done at (?<value>[0-9A-F]+/[0-9A-F]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RedoDone();

    [GeneratedRegex(@"last completed transaction was at log time (?<value>\S+ \S+ ?\S*)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LastTransaction();

    [GeneratedRegex(@"\b(FATAL|PANIC|ERROR):", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Trouble();

    [GeneratedRegex(@"^.*?(?=\b(FATAL|PANIC|ERROR):)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Head();
}
