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

    public async Task<string?> LookAtRepositoryAsync(CancellationToken cancellationToken)
    {
        // A network file system may hang for ever: then one thread hangs with it, and no more.
        var looking = _looking ??= Task.Run(Look, CancellationToken.None);
        if (await Task.WhenAny(looking, Task.Delay(LookLimit, _time, cancellationToken)) != looking)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return $"the backup repository {Repository.Directory} does not answer within {LookLimit.TotalSeconds:0} s";
        }

        _looking = null;
        return await looking;
    }

    private string? Look()
    {
        var directory = Repository.Directory;
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
                ? System.FormattableString.Invariant($"{directory} is full: {free >> 20} MiB are left; make room, or let 'keep-full' keep less") : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"{directory} cannot be read: {exception.Message}";
        }
    }

    private RestoreTester Tester() => new(_store, _self.Site, _self.Name, _self, _time);
}
