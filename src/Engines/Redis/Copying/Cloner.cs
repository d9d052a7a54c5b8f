using System.Net.Sockets;
using Holdfast.Core;
using Holdfast.Core.Topology;
using Holdfast.Engines.Redis.Configuration;
using Holdfast.Engines.Redis.Files;
using Holdfast.Engines.Redis.Protocol;
using Holdfast.Engines.Redis.Replication;
using Holdfast.Engines.Redis.Server;
using Holdfast.Engines.Redis.Sessions;

namespace Holdfast.Engines.Redis.Copying;

/// <summary>
/// Fetches a full copy of another member's data with a server of its own, which only Holdfast can reach, and puts its snapshot in place of what was there.
/// The snapshot says up to where it goes, so that the member follows from there without a second copy.
/// </summary>
internal sealed class Cloner(Layout layout, Programs programs, ServerConfiguration configuration, Users users, TimeProvider time, Action<string> log)
{
    /// <summary>What a password or a right is amiss looks like to a standby; it would try for ever.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    /// <exception cref="EngineException">The upstream's data bear no history, or the copy cannot be kept.</exception>
    public async Task RunAsync(MemberSpec upstream, Secret replication, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        DirectoryWork.Remove(layout.CloneDirectory);
        DirectoryWork.CreateOwnerOnly(layout.CloneDirectory);
        configuration.WriteForCopy(upstream, replication);
        using var process = new ServerProcess(ServerPlace.OfCopy(layout), programs, time, log);
        await process.StartAsync(cancellationToken);
        StoreHistory history;
        try
        {
            using var session = new Session(
                token => RespConnection.ConnectAsync(layout.CloneSocket, token), () => (Users.Control, users.ControlPassword().Reveal()));
            history = await FetchAsync(session, upstream, progress, cancellationToken);
            progress.Report(new JobProgress($"keeping the copy of {upstream.Name}"));
            await SaveAsync(session, process, cancellationToken);
        }
        finally
        {
            await process.StopImmediatelyAsync();
        }

        if (SnapshotHeader.Read(Path.Combine(layout.CloneDirectory, Layout.SnapshotName)) is null)
        {
            throw new EngineException($"the copy of {upstream.Name} was not kept: see {layout.CloneLog}");
        }

        PutInPlace(upstream.Name, history);
    }

    /// <summary>Leftovers of an agent that was killed at it.</summary>
    public async Task EndLeftAsync()
    {
        using var process = new ServerProcess(ServerPlace.OfCopy(layout), programs, time, log);
        if (process.Current is not null)
        {
            await process.StopImmediatelyAsync();
        }
    }

    private async Task<StoreHistory> FetchAsync(Session session, MemberSpec upstream, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var look = await Look.TakeAsync(session, cancellationToken);
                progress.Report(new JobProgress(
                    $"copying from {upstream.Name}", look.Info.CopiedBytes, look.Info.CopyBytes > 0 ? look.Info.CopyBytes : null));
                if (look.Info is { LinkIsUp: true, IsCopying: false, IsLoading: false })
                {
                    return look.InData ?? throw new EngineException(
                        $"the data of {upstream.Name} do not tell which store's they are yet: the copy is made again when they do")
                    {
                        IsPassing = true,
                    };
                }
            }
            catch (Exception exception) when (exception is IOException or SocketException or RespErrorException { Kind: "LOADING" })
            {
                // It starts, or it reads what it has fetched.
            }

            await Task.Delay(Step, time, cancellationToken);
        }
    }

    private async Task SaveAsync(Session session, ServerProcess process, CancellationToken cancellationToken)
    {
        var server = process.Current ?? throw new EngineException($"the server that copies has ended: see {layout.CloneLog}");
        using var limit = new CancellationTokenSource(StopLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await session.CallAsync(either.Token, "SHUTDOWN", "SAVE");
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            // It has closed the connection, as it ought to.
        }

        await process.EndsAsync(server, either.Token);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void PutInPlace(string upstream, StoreHistory history)
    {
        AtomicFile.Write(layout.IncompleteMarker, $"copying from {upstream}\n");
        DirectoryWork.CreateOwnerOnly(layout.Data);
        DirectoryWork.Empty(layout.Data);
        File.Move(Path.Combine(layout.CloneDirectory, Layout.SnapshotName), layout.Snapshot);
        AtomicFile.Write(layout.Store, history.ToJson());
        DirectoryWork.Remove(layout.CloneDirectory);
    }
}
