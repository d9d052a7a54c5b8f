using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines.Backup;
using Holdfast.Engines.PostgreSql.Backup;
using Holdfast.Engines.PostgreSql.Copying;
using Holdfast.Engines.PostgreSql.Files;

namespace Holdfast.Engines.PostgreSql;

/// <summary>The restore in place: what is there is set aside, and put back when the restore is.</summary>
public sealed partial class PostgreSqlEngine : IRestoreEngine
{
    /// <summary>What the marker of incomplete data says while a restore is at work.</summary>
    private const string RestoreAtWork = "restore in place";

    /// <summary>On top of what the backup holds: for the log that is read.</summary>
    private const long RoomForLog = 256L << 20;

    public string SetAside(long epoch) => _layout.SetAside(epoch);

    public Task<RestorePlan> PlanAsync(RestoreRequest request, uint above, CancellationToken cancellationToken)
    {
        if (!DirectoryWork.CanReplace(_layout.Data, _layout.Own))
        {
            throw new EngineException(
                $"{_layout.Data} is where a file system is mounted, or a link, and cannot be set aside: restore with --into instead, beside it");
        }

        return PlanAsync(Own, request, above, cancellationToken);
    }

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
        AtomicFile.Delete(_layout.RestoredMarker);
        AtomicFile.Write(_layout.IncompleteMarker, $"{RestoreAtWork}\n");
        // As soon as it is there, what is in the data directory is the restore's own.
        if (Directory.Exists(_layout.SetAside(epoch)))
        {
            DirectoryWork.Remove(_layout.Data);
        }
        else
        {
            Directory.Move(_layout.Data, _layout.SetAside(epoch));
            Native.FlushDirectory(Path.GetDirectoryName(_layout.Data)!);
        }

        DirectoryWork.CreateOwnerOnly(_layout.Data);
        AllowArchiving(null);
        WriteBackupConfiguration();
        await MakeDataAsync(Own, aim, _layout.Tablespaces(epoch), progress, cancellationToken);
        _logKeeping.DropAll();
        AtomicFile.Delete(_layout.DecodingMarker);
        AtomicFile.Write(_layout.RestoredMarker, System.FormattableString.Invariant($"{epoch}\n"));
        AtomicFile.Delete(_layout.IncompleteMarker);
    }, cancellationToken);

    /// <summary>Into an empty data directory: the backup, then the log up to the aim and onto a new timeline; the server is shut down in the end.</summary>
    private async Task MakeDataAsync(
        RestoreSource source, RestoreAim aim, string tablespaces, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
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
        await new Recovery(_layout, _binaries, _time, source).RunAsync(aim, progress, cancellationToken);
        AdoptFiles(SyncRule.Blocked, null);
    }

    public Task PutBackAsync(long epoch, CancellationToken cancellationToken) => AtEdgeAsync("put back what was set aside", async () =>
    {
        RequireStopped("put back what was set aside");
        _layout.Prepare();
        await EndToolsAsync(cancellationToken);
        _stopped.Forget();
        if (Directory.Exists(_layout.SetAside(epoch)))
        {
            AtomicFile.Write(_layout.IncompleteMarker, $"{RestoreAtWork}\n");
            DirectoryWork.Remove(_layout.Data);
            Directory.Move(_layout.SetAside(epoch), _layout.Data);
            Native.FlushDirectory(Path.GetDirectoryName(_layout.Data)!);
        }

        DirectoryWork.Remove(_layout.Tablespaces(epoch));
        AtomicFile.Delete(_layout.RestoredMarker);
        // What was never set aside is whole.
        if (AtomicFile.ReadOrNull(_layout.IncompleteMarker)?.Trim() == RestoreAtWork)
        {
            AtomicFile.Delete(_layout.IncompleteMarker);
        }
    }, cancellationToken);

    private sealed class CopyProgress(IProgress<JobProgress> progress, RestoreAim aim) : IProgress<BackupProgress>
    {
        private const long Hundredth = 100;

        public void Report(BackupProgress value) => progress.Report(new JobProgress(
            $"restoring the store up to {aim}: copying backup {aim.Backup}", (long?)(value.Percent * Hundredth), Hundredth * Hundredth));
    }
}
