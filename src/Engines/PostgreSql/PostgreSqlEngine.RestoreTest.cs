using System.Collections.Immutable;
using Holdfast.Core.Backup;
using Holdfast.Engines.Backup;
using Holdfast.Engines.PostgreSql.Backup;
using Holdfast.Engines.PostgreSql.Files;

namespace Holdfast.Engines.PostgreSql;

/// <summary>Trying the backups, and looking after the repository.</summary>
public sealed partial class PostgreSqlEngine : IRestoreTestEngine
{
    /// <summary>Below this the repository is as good as full: four pieces of log of the usual size.</summary>
    private const long LeastRoom = 64L << 20;
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(25);
    private Task<string?>? _looking;

    public async Task<ImmutableArray<RestoredMoment>> TestRestoreAsync(
        RestoreTestOrder order, IProgress<BackupProgress> progress, CancellationToken cancellationToken)
    {
        ImmutableArray<RestoredMoment> moments = [];
        await BesideAsync(
            "make a test restore", async () => moments = await Tester().RunAsync(order, progress, cancellationToken), cancellationToken);
        return moments;
    }

    public Task RemoveLeftoversAsync(RestoreTestSpec spec, CancellationToken cancellationToken) => BesideAsync(
        "remove what a test restore left", () => Tester().RemoveLeftoversAsync(spec, cancellationToken), cancellationToken);

    public async Task<RepositoryScan> ScanRepositoryAsync(string id, IProgress<BackupProgress> progress, CancellationToken cancellationToken)
    {
        var (began, at) = (_time.GetTimestamp(), _time.GetUtcNow().ToUnixTimeSeconds());
        var scan = new RepositoryScan(id, _self.Name, at, 0, [], 0, 0);
        await BesideAsync("scan the backup repository", async () =>
        {
            progress.Report(new BackupProgress(null, "reading every file of the repository"));
            var said = await BackRestAsync(["verify", .. RepositoryScanner.Options, "--output=text", "--verbose"], progress: null, cancellationToken, "info");
            var (findings, files, pieces) = RepositoryScanner.Read(said);
            progress.Report(new BackupProgress(null, "looking for log that is missing"));
            var seen = await ReadRepositoryAsync(cancellationToken);
            scan = scan with
            {
                Findings =
                [
                    .. findings, .. seen.Restorable is { } restorable ? RepositoryScanner.Told(restorable) : [],
                    .. findings.IsEmpty && seen.Problem is { } problem ? [problem] : (string[])[],
                ],
                Files = files,
                Pieces = pieces,
            };
        }, cancellationToken);
        return scan with { Seconds = _time.GetElapsedTime(began).TotalSeconds };
    }

    public Task<string?> LookAtRepositoryAsync(CancellationToken cancellationToken) =>
        Repository.Place is RepositoryPlace.Folder folder ? LookAsync(folder.Path, cancellationToken) : AskAsync(cancellationToken);

    /// <summary>Lists what an object store has at the top: it is there, and takes our key. What may not be written, archiving tells.</summary>
    private async Task<string?> AskAsync(CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(AskLimit, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            await BackRestAsync(["repo-ls", "--output=json"], progress: null, end.Token);
            return null;
        }
        catch (EngineException exception)
        {
            return $"{Repository.Place} cannot be read: {exception.Message}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return NoAnswer(AskLimit);
        }
    }

    private string NoAnswer(TimeSpan limit) => $"the backup repository {Repository.Place} does not answer within {limit.TotalSeconds:0} s";

    private async Task<string?> LookAsync(string directory, CancellationToken cancellationToken)
    {
        // A network file system may hang for ever: then one thread hangs with it, and no more.
        var looking = _looking ??= Task.Run(() => Look(directory), CancellationToken.None);
        if (await Task.WhenAny(looking, Task.Delay(LookLimit, _time, cancellationToken)) != looking)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return NoAnswer(LookLimit);
        }

        _looking = null;
        return await looking;
    }

    private static string? Look(string directory)
    {
        try
        {
            if (!Directory.Exists(directory))
            {
                return $"{directory} is not there: create or mount it";
            }

            if (!Native.MayWrite(directory))
            {
                return $"{directory} cannot be written: let the agents' user own it";
            }

            var free = new DriveInfo(directory).AvailableFreeSpace;
            return free < LeastRoom
                ? System.FormattableString.Invariant($"{directory} {IsFull}: {free >> 20} MiB are left; {MakeRoom}") : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"{directory} cannot be read: {exception.Message}";
        }
    }

    private RestoreTester Tester() => new(_store, _self.Site, _self.Name, _self, _time);
}
