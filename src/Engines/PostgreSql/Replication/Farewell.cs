using System.Globalization;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Archiving;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.Engines.PostgreSql.Sessions;
using Npgsql;

namespace Holdfast.Engines.PostgreSql.Replication;

/// <summary>
/// Keeps a stop in good order short. The server would wait until every connected standby has all of the log, and until the archiver has tried
/// three times or its copy has come back. The members at the same site are worth waiting for; the other site and the archive get the rest later.
/// </summary>
internal sealed class Farewell(StoreSpec store, MemberSpec self, Layout layout, LocalSession control, TimeProvider time)
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromMilliseconds(300);
    /// <summary>What a standby at the other site that streams closely needs to take the last bytes and say so, on a slow link.</summary>
    private static readonly TimeSpan RemotePatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CopyPatience = TimeSpan.FromMilliseconds(300);

    /// <summary>Further behind than this, a standby does not get the rest within the patience.</summary>
    private const long Hopeless = LogNames.DefaultSegmentBytes;

    /// <summary>Who streams from here to another site. Empty when the server does not answer in time: then nothing is cut short.</summary>
    public async Task<List<Sender>> RemoteSendersAsync(CancellationToken cancellationToken)
    {
        if (!store.HasTwoSites)
        {
            return [];
        }

        using var limit = new CancellationTokenSource(AskLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var rows = await control.RowsAsync($"""
                SELECT pid::text, application_name, coalesce(pg_wal_lsn_diff(
                    CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END, flush_lsn) > {Hopeless}, true)::text
                FROM pg_stat_replication
                """, either.Token);
            return
            [
                .. rows.Where(row => store.Members.GetValueOrDefault(row[1] ?? "") is { } member && member.Site != self.Site)
                    .Select(row => new Sender(int.Parse(row[0]!, CultureInfo.InvariantCulture), row[2] == "true")),
            ];
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException or IOException or InvalidOperationException)
        {
            return [];
        }
    }

    /// <summary>Goes on beside a stop that has begun, until it is over.</summary>
    public async Task HastenAsync(List<Sender> remote, CancellationToken over)
    {
        End(remote.Where(sender => sender.IsHopeless));
        if (store.Archive is not null || store.Backup is not null)
        {
            // Told to end, the archiver begins no further copy, and goes as soon as the server lets it.
            foreach (var pid in PostgresProcesses.ServerProcesses(layout.Data).Where(pid => ProcFs.Title(pid).Contains(": archiver", StringComparison.Ordinal)))
            {
                Native.Signal(pid, Native.Terminate);
            }
        }

        try
        {
            await Task.Delay(CopyPatience, time, over);
            if (store.Archive is not null || store.Backup is not null)
            {
                ScriptRun.EndCopies(layout.ArchiveScript, ArchiveScript.Copy);
                ScriptRun.EndCopies(layout.ArchiveScript, ArchiveScript.Push);
            }

            await Task.Delay(RemotePatience - CopyPatience, time, over);
            End(remote);
        }
        catch (OperationCanceledException)
        {
            // The server has ended.
        }
    }

    private void End(IEnumerable<Sender> senders)
    {
        var living = PostgresProcesses.ServerProcesses(layout.Data);
        foreach (var sender in senders.Where(sender => living.Contains(sender.Pid)))
        {
            Native.Signal(sender.Pid, Native.Terminate);
        }
    }

    internal sealed record Sender(int Pid, bool IsHopeless);
}
