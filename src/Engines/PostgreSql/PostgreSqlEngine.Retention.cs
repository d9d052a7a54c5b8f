using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Holdfast.Core.Backup;
using Holdfast.Engines.PostgreSql.Archiving;
using Holdfast.Engines.PostgreSql.Backup;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Observation;

namespace Holdfast.Engines.PostgreSql;

/// <summary>What is let go of in a repository. pgBackRest does it, but only when it is told to, and how much: it counts a damaged backup as one.</summary>
public sealed partial class PostgreSqlEngine
{
    /// <summary>What is said of a repository that takes nothing before something is let go of.</summary>
    private const string IsFull = "is full";
    private const string MakeRoom = "make room, or let 'keep-full' or 'keep-days' keep less and restart the agents: what is too much is let go of at once";

    public Task LetGoAsync(CancellationToken cancellationToken) => BesideAsync("let old backups go", async () =>
    {
        ImmutableArray<BackupSet> backups;
        try
        {
            backups = RepositoryText.Info(await BackRestAsync(Inquiry, progress: null, cancellationToken)).Backups;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new EngineException($"what pgbackrest says of {Repository.Place} cannot be read: {exception.Message}", exception);
        }

        await ForgetGapAsync(backups, cancellationToken);
        // Also where all are kept: what others have begun and never ended goes, too.
        if (Retention.FullsToKeep(Repository, backups, _time.GetUtcNow().ToUnixTimeSeconds()) is var kept and > 0)
        {
            var number = kept.ToString(CultureInfo.InvariantCulture);
            await BackRestAsync(
                ["expire", "--repo1-retention-full-type=count", $"--repo1-retention-full={number}"], progress: null, cancellationToken);
        }
    }, cancellationToken);

    /// <summary>Beside a backup, which is what was asked for: if this fails, that does not.</summary>
    private async Task TryToLetGoAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LetGoAsync(cancellationToken);
        }
        catch (EngineException exception)
        {
            _log($"nothing is let go of in {Repository.Place}: {exception.Message}");
        }
    }

    /// <summary>Else a full repository would wait for a backup to let go of something, and the backup for room.</summary>
    /// <returns>False: this is not what is wrong with it.</returns>
    private async Task<bool> RelieveAsync(string problem, CancellationToken cancellationToken)
    {
        if (!problem.Contains(IsFull, StringComparison.Ordinal))
        {
            return false;
        }

        await TryToLetGoAsync(cancellationToken);
        return true;
    }

    /// <summary>Log that was given up is no matter any more where a backup begins after it, or has been taken of a later history.</summary>
    private async Task ForgetGapAsync(ImmutableArray<BackupSet> backups, CancellationToken cancellationToken)
    {
        if (AtomicFile.ReadOrNull(_layout.ArchiveGap)?.Trim() is not { } piece)
        {
            return;
        }

        var pieceBytes = await PieceBytesAsync(cancellationToken);
        if (LogNames.Parse(piece, pieceBytes) is not var (timeline, number)
            || backups.Any(backup => backup.Timeline > timeline || backup.From.Value / pieceBytes > number))
        {
            AtomicFile.Delete(_layout.ArchiveGap);
        }
    }

    private async Task<ulong> PieceBytesAsync(CancellationToken cancellationToken) =>
        _pieceBytes ??= (ulong)(await ControlFile.ReadAsync(_layout, _binaries, cancellationToken)).SegmentBytes;
}
