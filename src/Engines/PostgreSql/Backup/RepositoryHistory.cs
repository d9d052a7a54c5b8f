using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core.Backup;
using Holdfast.Core.Failover;
using Holdfast.Engines.Backup;
using Holdfast.Engines.PostgreSql.Archiving;
using Holdfast.Engines.PostgreSql.Observation;

namespace Holdfast.Engines.PostgreSql.Backup;

/// <summary>What a restore can begin with and follow.</summary>
/// <param name="Timeline">The history that was followed.</param>
internal sealed record RepositoryHistory(ImmutableArray<BackupSet> Backups, Restorable Line, uint Timeline)
{
    /// <summary>The newest backup of this history that lies before the aim; null: there is none.</summary>
    public BackupSet? Choose(RestoreRequest request)
    {
        if (request.Backup is { } label)
        {
            return Backups.FirstOrDefault(backup => backup.Label == label);
        }

        var useful = Line.Windows.SelectMany(window => window.Backups).ToHashSet(StringComparer.Ordinal);
        return Backups.Where(backup => useful.Contains(backup.Label) && IsBefore(backup, request)).MaxBy(backup => backup.EndedAt);
    }

    private static bool IsBefore(BackupSet backup, RestoreRequest request) => request.Kind switch
    {
        RestoreKind.Time => backup.EndedAt < TimeOf(request.Value).ToUnixTimeSeconds(),
        RestoreKind.Lsn => backup.To <= Lsn.Parse(request.Value),
        _ => true,
    };

    public static DateTimeOffset TimeOf(string value) => DateTimeOffset.Parse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>Reads a repository to find what to restore. It needs no data directory.</summary>
    /// <param name="timeline">The history to follow; null: the newest.</param>
    /// <exception cref="EngineException">It cannot be read, there is nothing in it, or there is no such timeline.</exception>
    public static async Task<RepositoryHistory> ReadAsync(string configuration, string stanza, uint? timeline, CancellationToken cancellationToken)
    {
        try
        {
            var info = RepositoryText.Info(await RunAsync(["info", "--output=json"]));
            if (info.Exists != true || info.ArchiveId is not { } archive || info.Backups.IsEmpty)
            {
                throw new EngineException($"there is no backup in the repository: {BackRestRun.Short(info.Message)}");
            }

            var folder = $"archive/{stanza}/{archive}";
            var pieceBytes = PieceBytes(info.Beginnings);
            var listing = await RepositoryReader.ListAsync(RunAsync, folder, pieceBytes);
            var wanted = timeline ?? listing.Pieces.Select(piece => piece.Timeline).Concat(listing.Histories.Keys).Append(1u).Max();
            if (wanted != 1 && !listing.Histories.ContainsKey(wanted) && listing.Pieces.All(piece => piece.Timeline != wanted))
            {
                throw new EngineException($"the repository knows no timeline {wanted.ToString(CultureInfo.InvariantCulture)}");
            }

            var histories = await RepositoryReader.HistoryAsync(RunAsync, folder, listing, wanted);
            return new RepositoryHistory(
                info.Backups, LogLine.Follow(info.Backups, listing.Pieces.Where(piece => piece.Timeline <= wanted), histories, pieceBytes), wanted);
        }
        catch (Exception exception) when (exception is System.Text.Json.JsonException or KeyNotFoundException or FormatException
            or InvalidOperationException)
        {
            throw new EngineException($"what pgbackrest says of the repository cannot be read: {exception.Message}", exception);
        }

        Task<string> RunAsync(IEnumerable<string> arguments) => BackRestRun.RunAsync(configuration, stanza, arguments, progress: null, cancellationToken);
    }

    /// <summary>Backups tell where they begin in two ways: as a place, and as the name of a piece. The usual size, if that fits.</summary>
    private static ulong PieceBytes(ImmutableArray<(Lsn Place, string Piece)> beginnings)
    {
        ulong[] sizes = [(ulong)LogNames.DefaultSegmentBytes, .. Enumerable.Range(20, 11).Select(bits => 1UL << bits)];
        return sizes.First(size => beginnings.All(at => at.Piece == LogNames.Segment(at.Place.Value / size, size)) || size == sizes[^1]);
    }
}
