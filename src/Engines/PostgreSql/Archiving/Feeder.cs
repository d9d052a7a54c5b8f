using Holdfast.Core;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Backup;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Observation;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.Engines.PostgreSql.Sessions;
using Npgsql;
using Npgsql.Replication;

namespace Holdfast.Engines.PostgreSql.Archiving;

/// <summary>
/// Allows a standby to read from the archive and the backup repositories, and forbids it. What counts is a file that the script looks for before and
/// after each copy: taking it away works at once, whatever the server has read of its settings, and when no copy is under way any more nothing comes in.
/// </summary>
internal sealed class Feeder(StoreSpec store, Layout layout, RunMemory memory, ServerProcess process, TimeProvider time)
{
    /// <summary>How long a copy is given to end by itself.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    public static bool IsAllowed(Layout layout) => File.Exists(layout.FeedRanges);

    /// <summary>From where a standby of the store may be fed, for people.</summary>
    public static IEnumerable<string> Sources(StoreSpec store) =>
    [
        .. store.Archive is { } archive ? (string[])[$"the archive {archive}"] : [],
        .. store.Backup?.Repositories.Values.Select(repository => $"the repository {repository.Name}") ?? [],
    ];

    /// <summary>It is allowed, and the server has been told how.</summary>
    public static bool IsAtWork(Layout layout) => IsAllowed(layout) && ServerSettings.Read(layout) is { Feeds: true };

    /// <summary>Allows what belongs to the upstream's own history.</summary>
    /// <param name="password">Of the role for replication, which tells the timeline.</param>
    /// <param name="filesPassword">Of the role for rewinding, which may read files.</param>
    public async Task AllowAsync(
        MemberSpec upstream, Secret password, Secret filesPassword, ulong segmentBytes, CancellationToken cancellationToken)
    {
        var plan = await AskAsync(upstream, password, filesPassword, segmentBytes, cancellationToken).WaitAsync(cancellationToken);
        // What was allowed before may be of another history, or of other keys.
        await ForbidAsync(cancellationToken);
        Directory.CreateDirectory(layout.FeedDirectory, AtomicFile.OwnerOnlyDirectory);
        // Those of both sites: the log may have been written while this one was active.
        foreach (var repository in store.Backup?.Repositories.Values ?? [])
        {
            AtomicFile.Write(
                layout.FeedRepository(BackRestFile.Stanza(store, repository.Site)),
                BackRestFile.ForReading(store, repository.Site, repository, layout.FeedDirectory, layout.Data));
        }

        foreach (var (timeline, history) in plan.Histories)
        {
            AtomicFile.Write(Path.Combine(layout.FeedDirectory, LogNames.Timeline(timeline) + ".history"), history);
        }

        Unread();
        AtomicFile.Write(layout.FeedRanges, plan.Ranges);
    }

    /// <summary>When it returns nothing more is brought. What was read before may still have to be applied.</summary>
    public async Task ForbidAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(layout.FeedDirectory))
        {
            return;
        }

        AtomicFile.Delete(layout.FeedRanges);
        var start = time.GetTimestamp();
        await Wait.UntilAsync(time, Wait.Fine, () =>
        {
            var running = ScriptRun.Find(layout.ArchiveScript, ArchiveScript.Feed, ArchiveScript.Fetch);
            if (running.Count > 0 && time.GetElapsedTime(start) > Patience)
            {
                ScriptRun.EndCopies(layout.ArchiveScript, ArchiveScript.Fetch);
            }

            return Task.FromResult(running.Count == 0);
        }, cancellationToken);
        Unread();
        Directory.Delete(layout.FeedDirectory, recursive: true);
    }

    /// <summary>Where the log ends is not known again until all that was brought has been read.</summary>
    private void Unread()
    {
        if (process.Current is { } server)
        {
            memory.ForgetAllLog(server.RunId);
        }
    }

    private static async Task<string> ReadHistoryAsync(MemberSpec upstream, Secret password, uint timeline, CancellationToken cancellationToken)
    {
        await using var source = LocalServer.Build(new NpgsqlConnectionStringBuilder
        {
            Host = upstream.Address.Host,
            Port = upstream.Address.Port,
            Username = RoleNames.Rewind,
            Password = password.Reveal(),
            Database = LocalServer.MaintenanceDatabase,
            ApplicationName = "holdfast_tool_feed",
        });
        await using var command = source.CreateCommand(
            $"SELECT convert_from(pg_read_binary_file('pg_wal/{LogNames.Timeline(timeline)}.history'), 'UTF8')");
        return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<FeedPlan> AskAsync(
        MemberSpec upstream, Secret password, Secret filesPassword, ulong segmentBytes, CancellationToken cancellationToken)
    {
        var address = new NpgsqlConnectionStringBuilder
        {
            Host = upstream.Address.Host,
            Port = upstream.Address.Port,
            Username = RoleNames.Replication,
            Password = password.Reveal(),
            ApplicationName = "holdfast_tool_feed",
            Timeout = 5,
            CancellationTimeout = -1,
        };
        try
        {
            await using var connection = new PhysicalReplicationConnection(address.ConnectionString);
            await connection.Open(cancellationToken);
            var timeline = (await connection.IdentifySystem(cancellationToken)).Timeline;
            if (timeline == 1)
            {
                return FeedPlan.Make([], "", segmentBytes);
            }

            // The driver cannot read the replication protocol's answer to TIMELINE_HISTORY of a server of version 15: it takes the text for bytes.
            var text = await ReadHistoryAsync(upstream, filesPassword, timeline, cancellationToken);
            return FeedPlan.Make(
                TimelineHistory.Parse(text, timeline)
                    ?? throw new EngineException($"the history file of timeline {timeline} at {upstream.Name} is damaged: clone this member"),
                text, segmentBytes);
        }
        catch (Exception exception) when (exception is NpgsqlException or IOException or System.Net.Sockets.SocketException)
        {
            throw new EngineException($"cannot ask {upstream.Name} at {upstream.Address} for its history: {exception.Message}", exception)
            {
                IsPassing = true,
            };
        }
    }
}
