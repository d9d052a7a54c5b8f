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
/// <param name="PieceBytes">Size of a piece of log.</param>
internal sealed record RepositoryHistory(ImmutableArray<BackupSet> Backups, Restorable Line, uint Timeline, ulong PieceBytes)
{
    /// <summary>The newest backup of this history that lies before the aim; null: there is none.</summary>
    public BackupSet? Choose(RestoreRequest request)
    {
        if (request.Backup is { } label)
        {
            return Backups.FirstOrDefault(backup => backup.Label == label);
        }

        // From each backup of one window the log leads to the same places; so rather one without damaged pages, which the log makes what they were.
        return Line.Windows.Reverse()
            .Select(window => Backups.Where(backup => window.Backups.Contains(backup.Label) && IsBefore(backup, request)).ToList())
            .FirstOrDefault(able => able.Count > 0)?
            .OrderBy(backup => backup.IsDamaged).ThenByDescending(backup => backup.EndedAt).First();
    }

    /// <summary>
    /// Where the log in the archive ends, for a restore as far as it goes; null: for any other, as the server itself finds when it does not get there.
    /// </summary>
    /// <exception cref="EngineException">Log is missing on the way: the server would take that for the end, and say nothing.</exception>
    public Lsn? EndFor(RestoreRequest request)
    {
        if (request.Kind != RestoreKind.Latest || Choose(request) is not { } backup)
        {
            return null;
        }

        var window = Line.Windows.FirstOrDefault(window => window.Backups.Contains(backup.Label)) ?? throw new EngineException(string.Create(
            CultureInfo.InvariantCulture, $"backup {backup.Label} is of no use on the history of timeline {Timeline}: its own log is not whole"));
        return window == Line.Windows[^1] && !Line.IsCutOff ? window.ToLsn : throw new EngineException(
            $"after {window.ToLsn} log is missing in the repository, so from backup {backup.Label} a restore does not come to the end of the archive: " +
            $"restore to a time before {CalendarTime.Text(window.To ?? window.From)} UTC (--to-time), or, if a later backup will do, begin with it (--from); " +
            "see 'holdfast backups'");
    }

    private static bool IsBefore(BackupSet backup, RestoreRequest request) => request.Kind switch
    {
        RestoreKind.Time => backup.EndedAt < TimeOf(request.Value).ToUnixTimeSeconds(),
        RestoreKind.Lsn => backup.To <= Lsn.Parse(request.Value),
        _ => true,
    };

    private static DateTimeOffset TimeOf(string value) => RestoreMoment.TryParseTime(value, out var time)
        ? time : throw new EngineException(RestoreMoment.Fault(RestoreKind.Time, value)!);

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
            var pieceBytes = SizeOfPieces(info.Beginnings);
            var listing = await RepositoryReader.ListAsync(RunAsync, folder, pieceBytes);
            var wanted = timeline ?? listing.Pieces.Select(piece => piece.Timeline).Concat(listing.Histories.Keys).Append(1u).Max();
            if (wanted != 1 && !listing.Histories.ContainsKey(wanted) && listing.Pieces.All(piece => piece.Timeline != wanted))
            {
                throw new EngineException($"the repository knows no timeline {wanted.ToString(CultureInfo.InvariantCulture)}");
            }

            var histories = await RepositoryReader.HistoryAsync(RunAsync, folder, listing, wanted);
            await RepositoryReader.RequireAncestryAsync(RunAsync, folder, listing, histories);
            return new RepositoryHistory(
                info.Backups, LogLine.Follow(info.Backups, listing.Pieces.Where(piece => piece.Timeline <= wanted), histories, pieceBytes), wanted,
                pieceBytes);
        }
        catch (Exception exception) when (exception is System.Text.Json.JsonException or KeyNotFoundException or FormatException
            or InvalidOperationException)
        {
            throw new EngineException($"what pgbackrest says of the repository cannot be read: {exception.Message}", exception);
        }

        Task<string> RunAsync(IEnumerable<string> arguments) => BackRestRun.RunAsync(configuration, stanza, arguments, progress: null, cancellationToken);
    }

    /// <summary>Backups tell where they begin in two ways: as a place, and as the name of a piece. The usual size, if that fits.</summary>
    private static ulong SizeOfPieces(ImmutableArray<(Lsn Place, string Piece)> beginnings)
    {
        ulong[] sizes = [(ulong)LogNames.DefaultSegmentBytes, .. Enumerable.Range(20, 11).Select(bits => 1UL << bits)];
        return sizes.First(size => beginnings.All(at => at.Piece == LogNames.Segment(at.Place.Value / size, size)) || size == sizes[^1]);
    }
}
