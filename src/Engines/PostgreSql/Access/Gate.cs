using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Replication;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.Engines.PostgreSql.Sessions;

namespace Holdfast.Engines.PostgreSql.Access;

/// <summary>Admits ordinary clients or keeps them out.</summary>
internal sealed class Gate(AuthenticationFiles files, Reloader reloader, ServerProcess process, LocalSession control, TimeProvider time)
{
    /// <summary>
    /// A client that was just logging in when the gate closed shows up only once it is in; so nobody must be seen for this long.
    /// </summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Who waits for standbys is left alone: ended, it would stop waiting, and show others a commit that nobody has acknowledged. It answers nobody
    /// meanwhile, and its client hears the truth later, or nothing.
    /// </summary>
    private const string EndClients = $"""
        SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
          AND usename NOT IN ('{RoleNames.Health}', '{RoleNames.Rewind}')
          AND NOT (usename = '{RoleNames.Administrator}' AND client_port = -1 AND application_name LIKE 'holdfast\_%')
          AND wait_event IS DISTINCT FROM 'SyncRep'
        """;

    /// <summary>Those who have written nothing: they go first, so that nobody is left to see what somebody commits who is ended in the middle of it.</summary>
    private const string EndReaders = EndClients + " AND backend_xid IS NULL";

    /// <summary>Ends ordinary sessions while recovery waits for one of them: a promotion goes before a reader.</summary>
    public Task EndReadersInTheWayAsync(CancellationToken cancellationToken) => control.ValueAsync(
        EndClients + """
          AND EXISTS (SELECT FROM pg_stat_activity
                      WHERE backend_type = 'startup' AND (wait_event LIKE 'RecoveryConflict%' OR wait_event_type IN ('BufferPin', 'Lock')))
        """,
        cancellationToken);

    public async Task SetAsync(bool open, CancellationToken cancellationToken)
    {
        files.Write(open);
        await reloader.ApplyAgainAsync(cancellationToken);
        if (open || process.Current is null)
        {
            return;
        }

        await EndAllAsync(EndReaders, cancellationToken);
        await EndAllAsync(EndClients, cancellationToken);
    }

    private async Task EndAllAsync(string end, CancellationToken cancellationToken)
    {
        var lastSeen = time.GetTimestamp();
        await Wait.UntilAsync(time, Wait.Fine, async () =>
        {
            if (await control.ValueAsync(end, cancellationToken) != "0")
            {
                lastSeen = time.GetTimestamp();
            }

            return time.GetElapsedTime(lastSeen) >= Quiet;
        }, cancellationToken);
    }
}
