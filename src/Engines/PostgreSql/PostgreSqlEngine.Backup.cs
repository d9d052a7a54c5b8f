using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Holdfast.Core.Backup;
using Holdfast.Core.Failover;
using Holdfast.Core.Topology;
using Holdfast.Engines.Backup;
using Holdfast.Engines.PostgreSql.Archiving;
using Holdfast.Engines.PostgreSql.Backup;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Observation;
using Holdfast.Engines.PostgreSql.Server;

namespace Holdfast.Engines.PostgreSql;

/// <summary>Backups, by pgBackRest.</summary>
public sealed partial class PostgreSqlEngine : IBackupEngine
{
    private static readonly string[] Inquiry = ["info", "--output=json"];

    private readonly Lock _backupFile = new();
    /// <summary>It never changes in the life of a data directory.</summary>
    private ulong? _pieceBytes;

    private string Stanza => BackRestFile.Stanza(_store, _self.Site);

    public void AllowArchiving(uint? timeline)
    {
        if (timeline is { } newest)
        {
            AtomicFile.WriteIfChanged(_layout.BackupAllowed, LogNames.Timeline(newest) + "\n");
        }
        else
        {
            AtomicFile.Delete(_layout.BackupAllowed);
        }
    }

    public async Task<bool> EndLeftBackupAsync(CancellationToken cancellationToken)
    {
        var found = false;
        await BesideAsync("end a backup that was left at work", () => Wait.UntilAsync(_time, Wait.Coarse, () =>
        {
            var left = PostgresProcesses.BackupsAtWork(_layout.BackupConfiguration);
            foreach (var pid in left)
            {
                Native.Signal(pid, Native.Kill);
            }

            found |= left.Count > 0;
            return Task.FromResult(left.Count == 0);
        }, cancellationToken), cancellationToken);
        return found;
    }

    public Task CreateRepositoryAsync(CancellationToken cancellationToken) => BesideAsync("prepare the backup repository", async () =>
    {
        await BackRestAsync(["stanza-create"], progress: null, cancellationToken);
        // The server archives a history when it begins it. One that began before the repository did would never get there, and without it neither we nor
        // the server of a restore can follow that timeline.
        var timeline = (await ControlFile.ReadAsync(_layout, _binaries, cancellationToken)).NewestTimeline;
        var history = TimelineHistory.PathOf(_layout, timeline);
        if (File.Exists(history))
        {
            // By the server's own way, which does not put it over that of another timeline of this number.
            var pushed = await ToolRun.RunAsync(
                "/bin/sh", [_layout.ArchiveScript, ArchiveScript.Push, history, Path.GetFileName(history)], environment: null, onErrorLine: null,
                cancellationToken);
            if (pushed.ExitCode != 0)
            {
                throw new EngineException($"the history of timeline {timeline} cannot be archived: {BackRestRun.Readable(pushed.Errors.Trim())}");
            }
        }
    }, cancellationToken);

    public async Task<string> TakeBackupAsync(BackupType type, IProgress<BackupProgress> progress, CancellationToken cancellationToken)
    {
        var label = "";
        // Else it would wait for a minute until its log is archived, and say only that it is not.
        if (await LookAtRepositoryAsync(cancellationToken) is { } problem
            && (!await RelieveAsync(problem, cancellationToken) || (problem = await LookAtRepositoryAsync(cancellationToken)) is not null))
        {
            throw new EngineException(problem);
        }

        await BesideAsync("take a backup", async () =>
        {
            var word = type switch { BackupType.Full => "full", BackupType.Differential => "diff", _ => "incr" };
            var begun = new Begun(progress, _layout);
            try
            {
                var told = await BackRestAsync(
                    ["backup", "--no-expire-auto", $"--type={word}", .. begun.Resumption()], begun, cancellationToken, pace: Pace());
                begun.Note();
                label = LabelLine().Match(told).Groups["label"].Value;
            }
            catch (EngineException exception) when (exception.Message.Contains(IsFull, StringComparison.Ordinal))
            {
                // An object store tells so only now; the next attempt finds what room there is then.
                await RelieveAsync(exception.Message, cancellationToken);
                throw;
            }
            catch (EngineException exception) when (AtomicFile.ReadOrNull(_layout.ArchiveFault) is { } fault)
            {
                throw new EngineException($"{exception.Message}; archiving says: {BackRestRun.Short(fault.Trim())}", exception);
            }
        }, cancellationToken);
        await TryToLetGoAsync(cancellationToken);
        return label;
    }

    /// <summary>
    /// An unfinished backup is built on only if this member began it on this timeline, for then nobody else has been primary since. The program of another
    /// one, on a host that thaws, may yet write into what it had begun. That this member began one is noted when it copies: only then has
    /// pgBackRest removed what it found.
    /// </summary>
    private sealed class Begun(IProgress<BackupProgress> progress, Layout layout) : IProgress<BackupProgress>
    {
        private readonly string _timeline = AtomicFile.ReadOrNull(layout.BackupAllowed) ?? "";
        private bool _noted;

        public string[] Resumption()
        {
            if (_timeline.Length > 0 && AtomicFile.ReadOrNull(layout.BackupBegun) == _timeline)
            {
                return [];
            }

            AtomicFile.Delete(layout.BackupBegun);
            return ["--no-resume"];
        }

        public void Report(BackupProgress value)
        {
            if (value.Percent is not null)
            {
                Note();
            }

            progress.Report(value);
        }

        public void Note()
        {
            if (!_noted && _timeline.Length > 0)
            {
                _noted = true;
                try
                {
                    AtomicFile.WriteIfChanged(layout.BackupBegun, _timeline);
                }
                catch (Exception exception) when (exception is EngineException or IOException or UnauthorizedAccessException)
                {
                    // Then the next one begins anew.
                }
            }
        }
    }

    public async Task<RepositoryView> ReadRepositoryAsync(CancellationToken cancellationToken)
    {
        try
        {
            var info = RepositoryText.Info(await BackRestAsync(Inquiry, progress: null, cancellationToken));
            if (info.Exists is null)
            {
                return new RepositoryView(
                    $"{Repository.Place} cannot be read: {BackRestRun.ShortWithCause(info.Message)}", null, [], null);
            }

            return new RepositoryView(
                await IsThereAsync(cancellationToken) ? null : IsNotThere, info.Exists, info.Backups,
                info.ArchiveId is { } archive ? await FollowAsync(info.Backups, archive, cancellationToken) : null);
        }
        catch (EngineException exception)
        {
            return new RepositoryView(exception.Message, null, [], null);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or IOException)
        {
            return new RepositoryView(
                $"{Repository.Place} cannot be read, nor what pgbackrest says of it: {exception.Message}{BackRestRun.WrongKey}", null, [], null);
        }
    }

    private ReadingPace? Pace() => _store.Backup?.Bandwidth is { } perSecond ? new ReadingPace(perSecond, _time) : null;

    private string IsNotThere => $"{Repository.Place} is not there: create or mount it";

    /// <summary>A directory is; whether a bucket is, pgBackRest finds.</summary>
    private Task<bool> IsThereAsync(CancellationToken cancellationToken) => Repository.Place is RepositoryPlace.Folder folder
        // A network file system that hangs keeps whoever asks.
        ? Task.Run(() => Directory.Exists(folder.Path), CancellationToken.None).WaitAsync(cancellationToken)
        : Task.FromResult(true);

    private RepositorySpec Repository => _store.Backup?.At(_self.Site)
        ?? throw new EngineException($"store {_store.Name} declares no backup repository for {_self.Site}");

    private async Task<Restorable> FollowAsync(ImmutableArray<BackupSet> backups, string archive, CancellationToken cancellationToken)
    {
        var pieceBytes = await PieceBytesAsync(cancellationToken);
        return await RepositoryReader.FollowAsync(
            arguments => BackRestAsync(arguments, progress: null, cancellationToken), backups, $"archive/{Stanza}/{archive}", pieceBytes);
    }

    private Task<string> BackRestAsync(
        IEnumerable<string> arguments, IProgress<BackupProgress>? progress, CancellationToken cancellationToken, string? level = null,
        ReadingPace? pace = null)
    {
        try
        {
            WriteBackupConfiguration();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new EngineException($"cannot write {_layout.BackupConfiguration}: {exception.Message}; let the agents' user own {_layout.Own}", exception);
        }

        return BackRestRun.RunAsync(_layout.BackupConfiguration, Stanza, arguments, progress, cancellationToken, level, pace);
    }

    /// <summary>Nothing to write where the store has no repository at this site.</summary>
    private void WriteBackupConfiguration()
    {
        if (_store.Backup?.At(_self.Site) is { } repository)
        {
            _layout.Prepare();
            Directory.CreateDirectory(_layout.BackupLocks, AtomicFile.OwnerOnlyDirectory);
            lock (_backupFile)
            {
                AtomicFile.WriteIfChanged(_layout.BackupConfiguration, BackRestFile.ForMember(_store, _self, repository, _layout));
            }
        }
    }

    [GeneratedRegex(@"new backup label = (?<label>\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LabelLine();
}
