using System.Globalization;
using Holdfast.Core;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.Engines.PostgreSql.Sessions;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Copying;

/// <summary>Takes a stopped member back to where it parted from another one.</summary>
internal sealed class Rewinder(Layout layout, Binaries binaries, MemberSpec self, TimeProvider time)
{
    /// <summary>What <c>pg_rewind</c> says just before it changes the first file.</summary>
    private const string PointOfNoReturn = "need to copy";
    private const string ForkAnnouncement = "servers diverged at WAL location ";

    /// <summary>
    /// <c>pg_rewind</c> knows timelines by their number alone, so what it takes for the fork is held against what the lineage says: a later one,
    /// or none, means that it has kept what is not the store's history.
    /// </summary>
    /// <exception cref="EngineException">It cannot be done.</exception>
    public async Task RunAsync(
        MemberSpec upstream, LogPosition divergedFrom, Secret password, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        var what = $"rewinding to {upstream.Name}";
        progress.Report(new JobProgress(what));
        await AwaitCheckpointAsync(upstream, password, cancellationToken);
        // A server that was not shut down in good order is first recovered by pg_rewind, alone, which a standby cannot be.
        AtomicFile.Delete(layout.StandbySignal);
        AtomicFile.Delete(layout.RecoverySignal);
        AtomicFile.Write(layout.IncompleteMarker, what + "\n");
        var touched = false;
        Lsn? fork = null;
        var result = await ToolRun.RunAsync(
            binaries.PathOf("pg_rewind"),
            [
                "--target-pgdata", layout.Data, "--progress",
                "--source-server", ConnectionInfo.ForTool(upstream, RoleNames.Rewind, self.Name, "postgres"),
            ],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["PGPASSFILE"] = layout.Passfile },
            line =>
            {
                touched |= Report(line, what, progress);
                fork ??= ForkIn(line);
            },
            cancellationToken);
        if (result.ExitCode == 0)
        {
            // The marker stays when this throws: what is there now must not be started.
            if (fork is not { } found || found > divergedFrom.Lsn)
            {
                throw new EngineException(
                    $"rewinding {layout.Data} to {upstream.Name} is no use: " +
                    $"pg_rewind found {(fork is null ? "no divergence" : $"the fork at {fork}")}, " +
                    $"the lineage says {divergedFrom}; clone it anew");
            }

            return;
        }

        if (!touched)
        {
            AtomicFile.Delete(layout.IncompleteMarker);
        }

        throw new EngineException(
            $"cannot rewind {layout.Data} to {upstream.Name}: {DiskFault.Describe(layout.Data) ?? result.Reason}; clone it anew");
    }

    public void Complete() => AtomicFile.Delete(layout.IncompleteMarker);

    /// <summary>
    /// Until its first checkpoint a new primary's control file still shows the timeline before, and pg_rewind would find nothing to do.
    /// </summary>
    private async Task AwaitCheckpointAsync(MemberSpec upstream, Secret password, CancellationToken cancellationToken)
    {
        await using var source = LocalServer.Build(new NpgsqlConnectionStringBuilder
        {
            Host = upstream.Address.Host,
            Port = upstream.Address.Port,
            Username = RoleNames.Rewind,
            Password = password.Reveal(),
            Database = "postgres",
            ApplicationName = "holdfast_tool_" + self.Name,
        });
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await Wait.UntilAsync(time, Wait.Coarse, async () =>
            {
                await using var command = new NpgsqlCommand("""
                    SELECT CASE WHEN pg_is_in_recovery() THEN ''
                      ELSE left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) || ' '
                          || (SELECT timeline_id FROM pg_control_checkpoint()) END
                    """, connection) { CommandTimeout = 0 };
                var answer = await command.ExecuteScalarAsync(cancellationToken) as string ?? "";
                return answer.Split(' ') is [var writes, var checkpointed] &&
                    uint.Parse(writes, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) ==
                    uint.Parse(checkpointed, CultureInfo.InvariantCulture);
            }, cancellationToken);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException)
        {
            throw new EngineException(
                $"cannot rewind to {upstream.Name} at {upstream.Address}: " +
                $"it is not a primary that has made its first checkpoint ({exception.Message})",
                    exception);
        }
    }

    private static Lsn? ForkIn(string line) =>
        line.IndexOf(ForkAnnouncement, StringComparison.Ordinal) is >= 0 and var start &&
        Lsn.TryParse(line[(start + ForkAnnouncement.Length)..].Split(' ')[0], out var fork) ? fork : null;

    /// <summary>True when the line says that files will be changed.</summary>
    private static bool Report(string line, string what, IProgress<JobProgress> progress)
    {
        var slash = line.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && line.EndsWith(") copied", StringComparison.Ordinal)
            && line.Split('/', ' ', StringSplitOptions.RemoveEmptyEntries) is
                [var done, var total, ..] &&
            long.TryParse(done, CultureInfo.InvariantCulture, out var doneKilobytes) &&
            long.TryParse(total, CultureInfo.InvariantCulture, out var totalKilobytes))
        {
            progress.Report(new JobProgress(what, doneKilobytes << 10, totalKilobytes << 10));
        }

        return line.Contains(PointOfNoReturn, StringComparison.Ordinal);
    }
}
