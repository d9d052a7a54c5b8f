using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines.Backup;
using Holdfast.Engines.PostgreSql.Backup;
using Holdfast.Engines.PostgreSql.Copying;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Observation;

namespace Holdfast.Engines.PostgreSql;

/// <summary>The restore in place: what is there is set aside, and put back when the restore is.</summary>
public sealed partial class PostgreSqlEngine : IRestoreEngine
{
    /// <summary>What the marker of incomplete data says while a restore is at work. Only then what is set aside is what it has replaced.</summary>
    private static string AtWork(long epoch) => string.Create(CultureInfo.InvariantCulture, $"restore in place, epoch {epoch}");

    /// <summary>On top of what the backup holds: for the log that is read.</summary>
    private const long RoomForLog = 256L << 20;

    public string SetAside(long epoch) => _layout.SetAside(epoch);

    public Task<RestorePlan> PlanAsync(RestoreRequest request, long epoch, uint above, CancellationToken cancellationToken)
    {
        if (Left(epoch) is { } left)
        {
            throw new EngineException(string.Create(
                CultureInfo.InvariantCulture,
                $"{left} is there already, of an earlier restore under an epoch of the same number ({epoch}): move it away, if nothing uses it, or let the " +
                $"epoch rise by a switchover"));
        }

        if (!DirectoryWork.CanReplace(_layout.Data, _layout.Own))
        {
            throw new EngineException(
                $"{_layout.Data} is where a file system is mounted, or a link, and cannot be set aside: restore with --into instead, beside it");
        }

        return PlanAsync(Own, request, above, cancellationToken);
    }

    /// <summary>What would be taken for this restore's own; null: nothing.</summary>
    private string? Left(long epoch)
    {
        string[] places = [_layout.SetAside(epoch), _layout.Tablespaces(epoch)];
        return places.FirstOrDefault(Path.Exists) ?? (Observer.RestoredIn(_layout) == epoch ? _layout.RestoredMarker : null);
    }

    private bool IsAtWork(long epoch) => AtomicFile.ReadOrNull(_layout.IncompleteMarker)?.Trim() == AtWork(epoch);

    private RestoreSource Own => new(_layout.BackupConfiguration, Stanza);

    private async Task<RestorePlan> PlanAsync(RestoreSource source, RestoreRequest request, uint above, CancellationToken cancellationToken)
    {
        var history = await RepositoryHistory.ReadAsync(source.Configuration, source.Stanza, request.Timeline, cancellationToken);
        var backup = history.Choose(request) ?? throw new EngineException(
            request.Backup is { } label
                ? $"the repository has no backup {label}"
                : $"no backup is old enough for this, on the history of timeline {history.Timeline}: see 'holdfast backups'");
        var room = new DriveInfo(Path.GetDirectoryName(_layout.Data)!).AvailableFreeSpace;
        if (room < backup.DatabaseBytes + RoomForLog)
        {
            throw new EngineException(
                $"the disk of {_layout.Data} has {room >> 20} MB left; beside what is there a restore takes {(backup.DatabaseBytes + RoomForLog) >> 20} MB");
        }

        _ = history.EndFor(request);
        return new RestorePlan(
            new RestoreAim(request.Kind, request.Value, backup.Label, history.Timeline, above), backup.EndedAt, backup.DatabaseBytes);
    }

    public Task ArchiveAllAsync(CancellationToken cancellationToken) => BesideAsync(
        "archive what is committed", () => BackRestAsync(["check", "--archive-timeout=20"], progress: null, cancellationToken), cancellationToken);

    public Task RestoreInPlaceAsync(long epoch, RestoreAim aim, IProgress<JobProgress> progress, CancellationToken cancellationToken) =>
        AtEdgeAsync("restore", async () =>
    {
        RequireStopped("restore");
        _layout.Prepare();
        await EndToolsAsync(cancellationToken);
        _stopped.Forget();
        var aside = _layout.SetAside(epoch);
        if (!IsAtWork(epoch) && Path.Exists(aside))
        {
            throw new EngineException($"{aside} is there already, and is not what this restore has set aside: nothing was done; move it away");
        }

        AtomicFile.Write(_layout.IncompleteMarker, $"{AtWork(epoch)}\n");
        AtomicFile.Delete(_layout.RestoredMarker);
        // As soon as it is there, what is in the data directory is the restore's own.
        if (Directory.Exists(aside))
        {
            DirectoryWork.Remove(_layout.Data);
        }
        else
        {
            Directory.Move(_layout.Data, aside);
            Native.FlushDirectory(Path.GetDirectoryName(_layout.Data)!);
        }

        DirectoryWork.CreateOwnerOnly(_layout.Data);
        AllowArchiving(null);
        WriteBackupConfiguration();
        await MakeDataAsync(Own, aim, _layout.Tablespaces(epoch), aside, progress, cancellationToken);
        _logKeeping.DropAll();
        AtomicFile.Delete(_layout.DecodingMarker);
        AtomicFile.Write(_layout.RestoredMarker, System.FormattableString.Invariant($"{epoch}\n"));
        AtomicFile.Delete(_layout.IncompleteMarker);
    }, cancellationToken);

    /// <summary>Into an empty data directory: the backup, then the log up to the aim and onto a new timeline; the server is shut down in the end.</summary>
    /// <param name="aside">The data that are replaced; null: none are.</param>
    private async Task MakeDataAsync(
        RestoreSource source, RestoreAim aim, string tablespaces, string? aside, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        var history = aim.Kind == RestoreKind.Latest
            ? await RepositoryHistory.ReadAsync(source.Configuration, source.Stanza, aim.Timeline, cancellationToken) : null;
        var archived = history?.EndFor(new RestoreRequest(aim.Kind, aim.Value, aim.Backup, aim.Timeline));
        DirectoryWork.Remove(tablespaces);
        DirectoryWork.CreateOwnerOnly(tablespaces);
        await BackRestRun.RunAsync(
            source.Configuration, source.Stanza,
            ["restore", "--type=preserve", $"--set={aim.Backup}", "--pg1-path", _layout.Data, $"--tablespace-map-all={tablespaces}"],
            new CopyProgress(progress, aim), cancellationToken);
        if (DirectoryWork.IsEmptyOrMissing(tablespaces))
        {
            DirectoryWork.Remove(tablespaces);
        }

        AtomicFile.Delete(_layout.StandbySignal);
        AdoptFiles(SyncRule.Blocked, null);
        var least = archived is { } known ? await LeastEndAsync(aim, known, history!.PieceBytes, aside, cancellationToken) : default;
        await new Recovery(_layout, _binaries, _time, source).RunAsync(aim, least, progress, cancellationToken);
        AdoptFiles(SyncRule.Blocked, null);
    }

    /// <summary>For a restore as far as the log goes: where it has to come to at least.</summary>
    private async Task<Lsn> LeastEndAsync(RestoreAim aim, Lsn archived, ulong pieceBytes, string? aside, CancellationToken cancellationToken)
    {
        // In the last piece the log may end anywhere.
        var least = new Lsn(archived.Value < pieceBytes ? 0 : archived.Value - pieceBytes);
        return aside is not null && await LeftLog.BringAsync(aside, _layout, aim.Timeline, archived, _binaries, cancellationToken) is { } left && left > least
            ? left : least;
    }

    public Task PutBackAsync(long epoch, CancellationToken cancellationToken) => AtEdgeAsync("put back what was set aside", async () =>
    {
        RequireStopped("put back what was set aside");
        _layout.Prepare();
        await EndToolsAsync(cancellationToken);
        _stopped.Forget();
        if (!IsAtWork(epoch) && Observer.RestoredIn(_layout) != epoch)
        {
            return; // Nothing was set aside; what is in that place is somebody else's.
        }

        if (Directory.Exists(_layout.SetAside(epoch)))
        {
            AtomicFile.Write(_layout.IncompleteMarker, $"{AtWork(epoch)}\n");
            DirectoryWork.Remove(_layout.Data);
            Directory.Move(_layout.SetAside(epoch), _layout.Data);
            Native.FlushDirectory(Path.GetDirectoryName(_layout.Data)!);
        }

        DirectoryWork.Remove(_layout.Tablespaces(epoch));
        AtomicFile.Delete(_layout.RestoredMarker);
        // What was never set aside is whole.
        AtomicFile.Delete(_layout.IncompleteMarker);
    }, cancellationToken);

    private sealed class CopyProgress(IProgress<JobProgress> progress, RestoreAim aim) : IProgress<BackupProgress>
    {
        private const long Hundredth = 100;

        public void Report(BackupProgress value) => progress.Report(new JobProgress(
            $"restoring the store up to {aim}: copying backup {aim.Backup}", (long?)(value.Percent * Hundredth), Hundredth * Hundredth));
    }
}
