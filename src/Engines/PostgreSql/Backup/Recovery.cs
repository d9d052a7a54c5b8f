using System.Globalization;
using System.Text.RegularExpressions;
using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Archiving;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Copying;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Observation;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.Engines.PostgreSql.Sessions;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Backup;

/// <summary>From where is restored.</summary>
/// <param name="Configuration">Of pgBackRest, for the repository that is read.</param>
internal sealed record RestoreSource(string Configuration, string Stanza)
{
    /// <summary>
    /// For the server. It takes any failure up to 125 for the end of the log, and goes on without what it did not get; so all but that the archive has no such
    /// piece becomes 255, at which it ends.
    /// </summary>
    public string FetchCommand()
    {
        var program = BackRestRun.Program ?? throw new EngineException("pgbackrest is not installed on this host: install the package pgbackrest");
        return $"{Quoted(program)} --config={Quoted(Configuration)} --stanza={Quoted(Stanza)} --log-level-console=off archive-get %f \"%p\" || " +
            "{ [ $? -eq 1 ] || exit 255; exit 1; }";
    }

    private static string Quoted(string text) => ShellText.Quoted(text).Replace("%", "%%", StringComparison.Ordinal);
}

/// <summary>
/// Takes restored data through the log up to the aim, onto a new timeline, and shuts the server down. It listens on no address; its socket is in a
/// folder for our user alone; nothing of the user's runs in it. It bears the mark of a server that runs alone, so that it is never taken for the
/// member's, and what an agent before this one left is ended by the same hand.
/// </summary>
internal sealed partial class Recovery(Layout layout, Binaries binaries, TimeProvider time, RestoreSource origin)
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromMinutes(10);

    private string HostRules => Path.Combine(layout.IsolatedDirectory, "pg_hba.conf");

    /// <exception cref="EngineException">The aim is not reached, or the server cannot recover; its own words are in the message.</exception>
    /// <param name="least">The log must lead up to here at least.</param>
    public async Task RunAsync(RestoreAim aim, Lsn least, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        if (Native.EffectiveUser() == 0)
        {
            throw new EngineException("PostgreSQL refuses to run as root: run the agent as an ordinary user, such as postgres");
        }

        DirectoryWork.Remove(layout.IsolatedDirectory);
        DirectoryWork.CreateOwnerOnly(layout.IsolatedDirectory);
        AtomicFile.Write(HostRules, $"local all {RoleNames.Administrator} peer map=holdfast\n");
        AtomicFile.Write(layout.RecoverySignal, "");
        var taken = TakeNumbers(aim);
        // Not on the command line: what stands there is read before the files, in which the other targets are emptied, and that counts as a second one.
        var auto = AtomicFile.ReadOrNull(layout.AutoConfiguration) ?? "";
        AtomicFile.Write(layout.AutoConfiguration, auto + string.Concat(Target(aim).Select(line => SettingsText.Line(line.Name, line.Value) + "\n")));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var run = ToolRun.RunAsync(
            binaries.PathOf("postgres"),
            ["-D", layout.Data, .. Settings(aim).SelectMany(setting => (string[])["-c", $"{setting.Name}={setting.Value}"])],
            null, line => Tell(line, aim, progress), end.Token);
        try
        {
            await AwaitPromotionAsync(run, aim, cancellationToken);
            if (Pid() is { } pid)
            {
                Native.Signal(pid, Native.Interrupt);
            }

            await run.WaitAsync(StopLimit, time, cancellationToken);
        }
        finally
        {
            await end.CancelAsync();
            await run.ContinueWith(ended => _ = ended.Exception, TaskScheduler.Default);
            await Loss.IsolatedServer.EndLeftAsync(layout, time, CancellationToken.None);
        }

        AtomicFile.Write(layout.AutoConfiguration, auto);
        foreach (var file in taken)
        {
            AtomicFile.Delete(file);
        }

        var control = await ControlFile.ReadAsync(layout, binaries, cancellationToken);
        if (!control.WasShutDown || control.NewestTimeline <= Math.Max(aim.Above, aim.Timeline) || File.Exists(layout.RecoverySignal))
        {
            throw new EngineException(
                $"the restored server of {layout.Data} is '{control.State}' on timeline {control.NewestTimeline}, " +
                $"not shut down on a new one above {aim.Above}");
        }

        var reached = TimelineHistory.Read(layout, control.NewestTimeline) is [.., var start] ? start.Fork : default;
        if (reached < least)
        {
            throw new EngineException(
                $"the log was followed up to {reached} only, and leads up to {least} at least: what comes between " +
                "was not found, or cannot be read; name a time before (--to-time)");
        }
    }

    /// <summary>
    /// A server that is promoted takes the number after those that it finds history files of, one by one. Numbers that the store has borne, but whose
    /// history never came to be archived, are made to look taken: else two timelines would bear one number.
    /// </summary>
    private List<string> TakeNumbers(RestoreAim aim)
    {
        var files = new List<string>();
        for (var number = aim.Timeline + 1; number <= aim.Above; number++)
        {
            var file = Path.Combine(layout.Log, $"{LogNames.Timeline(number)}.history");
            if (!File.Exists(file))
            {
                File.WriteAllText(file, "# taken\n");
                files.Add(file);
            }
        }

        return files;
    }

    private async Task AwaitPromotionAsync(Task<ToolResult> run, RestoreAim aim, CancellationToken cancellationToken)
    {
        await using var source = LocalServer.Create(layout.IsolatedDirectory, layout.Port, "restore", LocalServer.MaintenanceDatabase);
        await Wait.UntilAsync(time, Wait.Coarse, async () =>
        {
            if (run.IsCompleted)
            {
                var result = await run;
                throw new EngineException($"the log does not lead up to {aim}: {result.Reason}");
            }

            try
            {
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                await using var command = new NpgsqlCommand(
                    "SELECT current_setting('listen_addresses') || current_setting('primary_conninfo') || pg_is_in_recovery()::text", connection);
                return await command.ExecuteScalarAsync(cancellationToken) is string answer && (answer == "false"
                    ? true
                    : throw new EngineException($"the restored server of {layout.Data} did not come up alone: it was ended again"));
            }
            catch (NpgsqlException)
            {
                return false; // It recovers, or has not made its socket yet.
            }
        }, cancellationToken);
    }

    private int? Pid() =>
        AtomicFile.ReadOrNull(layout.PidFile)?.Split('\n')[0] is { } text
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && PostgresProcesses.IsIsolated(pid) ? pid : null;

    private IEnumerable<(string Name, string Value)> Settings(RestoreAim aim)
    {
        yield return (PostgresProcesses.IsolationMark, "on");
        // Nobody comes in.
        yield return ("listen_addresses", "");
        yield return ("unix_socket_directories", layout.IsolatedDirectory);
        yield return ("unix_socket_permissions", "0700");
        yield return ("hba_file", HostRules);
        yield return ("ident_file", layout.IdentityMap);
        yield return ("ssl", "off");
        yield return ("logging_collector", "off");
        yield return ("log_destination", "stderr");
        yield return ("log_min_messages", "log");
        yield return ("log_statement", "none");
        // Nothing goes out yet: what is new waits until the member's own server archives it. (Without this it would never be archived.)
        yield return ("archive_mode", "on");
        yield return ("archive_command", "");
        yield return ("primary_conninfo", "");
        yield return ("synchronous_standby_names", "");
        yield return ("max_logical_replication_workers", "0");
        yield return ("shared_preload_libraries", "");
        yield return ("autovacuum", "off");
        // Nobody is there to read before the end, and settings of the time of the log are not to matter.
        yield return ("hot_standby", "off");
        yield return ("restore_command", origin.FetchCommand());
        yield return ("recovery_target_timeline", aim.Timeline.ToString(CultureInfo.InvariantCulture));
    }

    private static IEnumerable<(string Name, string Value)> Target(RestoreAim aim)
    {
        if (aim.Kind != RestoreKind.Latest)
        {
            yield return ($"recovery_target_{aim.Kind.ToString().ToLowerInvariant()}", aim.Value);
            yield return ("recovery_target_inclusive", "on");
            yield return ("recovery_target_action", "promote");
        }
    }

    private static void Tell(string line, RestoreAim aim, IProgress<JobProgress> progress)
    {
        if (PieceLine().Match(line) is { Success: true } match)
        {
            progress.Report(new JobProgress($"restoring the store up to {aim}: log {match.Groups["piece"].Value}"));
        }
    }

    [GeneratedRegex("restored log file \"(?<piece>[0-9A-F]{24})\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PieceLine();
}
