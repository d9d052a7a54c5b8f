using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core.Backup;
using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Observation;

namespace Holdfast.Engines.PostgreSql.Backup;

/// <summary>Follows the log in a repository, whoever asks for it.</summary>
internal static class RepositoryReader
{
    /// <param name="run">Runs pgBackRest with these arguments.</param>
    /// <param name="folder">Of the archive, within the repository.</param>
    public static async Task<Restorable> FollowAsync(
        Func<IEnumerable<string>, Task<string>> run, ImmutableArray<BackupSet> backups, string folder, ulong pieceBytes)
    {
        var listing = await ListAsync(run, folder, pieceBytes);
        // The newest tells of all before it.
        var histories = await HistoryAsync(run, folder, listing, listing.Histories.Keys.LastOrDefault());
        return LogLine.Follow(backups, listing.Pieces, histories, pieceBytes);
    }

    /// <summary>What the archive holds.</summary>
    public static async Task<ArchiveListing> ListAsync(Func<IEnumerable<string>, Task<string>> run, string folder, ulong pieceBytes) =>
        RepositoryText.Listing(await run(["repo-ls", "--recurse", "--output=json", folder]), 0x1_0000_0000UL / pieceBytes);

    /// <summary>The history of a timeline; none, where none is listed.</summary>
    /// <exception cref="EngineException">It is damaged.</exception>
    public static async Task<ImmutableDictionary<uint, ImmutableArray<TimelineStart>>> HistoryAsync(
        Func<IEnumerable<string>, Task<string>> run, string folder, ArchiveListing listing, uint timeline)
    {
        var none = ImmutableDictionary<uint, ImmutableArray<TimelineStart>>.Empty;
        return !listing.Histories.TryGetValue(timeline, out var path) ? none
            : none.Add(timeline, TimelineHistory.Parse(await run(["repo-get", $"{folder}/{path}"]), timeline)
                ?? throw new EngineException($"the history file of timeline {timeline.ToString(CultureInfo.InvariantCulture)} in the repository is damaged"));
    }
}
