using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Holdfast.Core.Backup;
using Holdfast.Core.Failover;

namespace Holdfast.Engines.PostgreSql.Backup;

/// <param name="Code">pgBackRest's own: 0 well, 1 and 3 not made yet, 2 no backup yet, anything else: trouble.</param>
/// <param name="ArchiveId">Folder of the archive for the present database; null: none yet.</param>
internal sealed record InfoAnswer(int Code, string Message, ImmutableArray<BackupSet> Backups, string? ArchiveId)
{
    /// <summary>For each backup, where it begins: as a place, and as the name of a piece without its timeline.</summary>
    public ImmutableArray<(Lsn Place, string Piece)> Beginnings { get; init; } = [];

    public bool? Exists => Code switch { 0 or 2 => true, 1 or 3 => false, _ => null };
}

/// <param name="Pieces">Complete pieces of log.</param>
/// <param name="Histories">Paths of history files, by timeline.</param>
internal sealed record ArchiveListing(ImmutableArray<LogPiece> Pieces, ImmutableSortedDictionary<uint, string> Histories);

/// <summary>Reads what pgBackRest says in JSON.</summary>
internal static class RepositoryText
{
    private const int TimelineDigits = 8;
    private const int NameDigits = 24;

    /// <exception cref="JsonException">It is not what pgBackRest says.</exception>
    public static InfoAnswer Info(string json)
    {
        using var document = Parse(json);
        if (document.RootElement.GetArrayLength() == 0)
        {
            return new InfoAnswer(1, "there is nothing of this store", [], null);
        }

        var stanza = document.RootElement[0];
        var repository = stanza.GetProperty("repo") is { } repositories && repositories.GetArrayLength() > 0
            ? repositories[0].GetProperty("status") : stanza.GetProperty("status");
        return new InfoAnswer(
            repository.GetProperty("code").GetInt32(), repository.GetProperty("message").GetString() ?? "",
            [.. stanza.GetProperty("backup").EnumerateArray().Select(Backup).OrderBy(backup => backup.StartedAt)],
            stanza.GetProperty("archive").EnumerateArray().LastOrDefault() is { ValueKind: JsonValueKind.Object } archive
                ? archive.GetProperty("id").GetString() : null)
        {
            Beginnings =
            [
                .. stanza.GetProperty("backup").EnumerateArray().Select(backup => (
                    Lsn.Parse(backup.GetProperty("lsn").GetProperty("start").GetString()!),
                    backup.GetProperty("archive").GetProperty("start").GetString()![TimelineDigits..])),
            ],
        };
    }

    /// <param name="json">What the folder of one archive holds, with all below it.</param>
    /// <param name="perLog">How many pieces the first half of a piece's number counts.</param>
    public static ArchiveListing Listing(string json, ulong perLog)
    {
        using var document = Parse(json);
        var pieces = ImmutableArray.CreateBuilder<LogPiece>();
        var histories = ImmutableSortedDictionary.CreateBuilder<uint, string>();
        foreach (var entry in document.RootElement.EnumerateObject().Where(entry => entry.Value.GetProperty("type").GetString() == "file"))
        {
            var name = Path.GetFileName(entry.Name);
            if (name.Length < TimelineDigits || !TryHex(name.AsSpan(0, TimelineDigits), out var timeline))
            {
                continue;
            }

            if (name.EndsWith(".history", StringComparison.Ordinal))
            {
                histories[timeline] = entry.Name;
            }
            else if (name.Length > NameDigits && name[NameDigits] == '-' && TryHex(name.AsSpan(TimelineDigits, 8), out var high)
                && TryHex(name.AsSpan(TimelineDigits + 8, 8), out var low))
            {
                pieces.Add(new LogPiece(
                    timeline, (high * perLog) + low, entry.Value.GetProperty("time").GetInt64()));
            }
        }

        return new ArchiveListing(pieces.ToImmutable(), histories.ToImmutable());
    }

    private static BackupSet Backup(JsonElement backup)
    {
        var (lsn, time, info) = (backup.GetProperty("lsn"), backup.GetProperty("timestamp"), backup.GetProperty("info"));
        var stop = backup.GetProperty("archive").GetProperty("stop").GetString()!;
        return new BackupSet(
            backup.GetProperty("label").GetString()!,
            backup.GetProperty("type").GetString() switch { "full" => BackupType.Full, "diff" => BackupType.Differential, _ => BackupType.Incremental },
            time.GetProperty("start").GetInt64(), time.GetProperty("stop").GetInt64(),
            Lsn.Parse(lsn.GetProperty("start").GetString()!), Lsn.Parse(lsn.GetProperty("stop").GetString()!),
            uint.Parse(stop.AsSpan(0, TimelineDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            info.GetProperty("size").GetInt64(), info.GetProperty("delta").GetInt64(), info.GetProperty("repository").GetProperty("delta").GetInt64(),
            backup.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.True);
    }

    private static JsonDocument Parse(string text)
    {
        // Warnings may stand before it, and bytes of a file that it could not read within it, as they are.
        var start = text.AsSpan().IndexOfAny('[', '{');
        return JsonDocument.Parse(new string([.. text.Skip(Math.Max(start, 0)).Select(letter => char.IsControl(letter) ? ' ' : letter)]));
    }

    private static bool TryHex(ReadOnlySpan<char> text, out uint number) =>
        uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
}
