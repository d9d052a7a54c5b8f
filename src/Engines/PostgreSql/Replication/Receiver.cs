using System.Globalization;
using Holdfast.Core.Quorum;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.Engines.PostgreSql.Sessions;

namespace Holdfast.Engines.PostgreSql.Replication;

/// <summary>Attaches a standby to a member, and stops its receiving for good.</summary>
internal sealed class Receiver(Reloader reloader, ServerProcess process, LocalSession control, TimeProvider time)
{
    /// <summary>
    /// How long a receiver is given to end by itself. The recovering process ends it between two records, which may take long.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(30);
    /// <summary>
    /// How long no receiver must be seen when the recovering process is busy elsewhere and so cannot show that it will start none.
    /// </summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);

    /// <param name="feeds">It may read from the archive what the upstream no longer has.</param>
    public Task AttachAsync(string upstream, bool feeds, CancellationToken cancellationToken) =>
        reloader.ApplyAsync(reloader.Current.Sync ?? SyncRule.Blocked, upstream, feeds, cancellationToken);

    /// <summary>
    /// When it returns the recovering process has the empty address (it is seen in a wait that it leaves by reading its settings), or is
    /// busy and will read them before it next asks for a receiver; and there is no receiver.
    /// </summary>
    public async Task DetachAsync(CancellationToken cancellationToken)
    {
        await reloader.ApplyAsync(reloader.Current.Sync ?? SyncRule.Blocked, null, cancellationToken);
        if (process.Current is null)
        {
            return;
        }

        var start = time.GetTimestamp();
        var lastSeen = start;
        await Wait.UntilAsync(time, Wait.Fine, async () =>
        {
            var row = (await control.RowsAsync("""
                SELECT pg_is_in_recovery()::text,
                  coalesce((SELECT wait_event FROM pg_stat_activity WHERE backend_type = 'startup'), ''),
                  coalesce((SELECT string_agg(pid::text, ',') FROM pg_stat_activity WHERE backend_type = 'walreceiver'), ''),
                  (SELECT count(*)::text FROM pg_stat_wal_receiver)
                """, cancellationToken))[0];
            if (row[0] == "false")
            {
                return true;
            }

            if (row[2] != "" || row[3] != "0")
            {
                lastSeen = time.GetTimestamp();
                if (time.GetElapsedTime(start) > Patience)
                {
                    EndReceivers(row[2] ?? "");
                }

                return false;
            }

            return row[1] == "RecoveryRetrieveRetryInterval" ||
                (row[1] != "RecoveryWalStream" && time.GetElapsedTime(lastSeen) >= Quiet);
        }, cancellationToken);
    }

    private static void EndReceivers(string pids)
    {
        foreach (var pid in pids.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            Native.Signal(int.Parse(pid, CultureInfo.InvariantCulture), Native.Terminate);
        }
    }
}
