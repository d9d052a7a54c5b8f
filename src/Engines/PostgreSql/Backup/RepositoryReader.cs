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

    /// <summary>
    /// Each older history must be a beginning of the newest. Else two members have given their timelines the same number, and of which of them the pieces
    /// are that bear it cannot be told.
    /// </summary>
    /// <exception cref="EngineException">One is not.</exception>
    public static async Task RequireAncestryAsync(
        Func<IEnumerable<string>, Task<string>> run, string folder, ArchiveListing listing, ImmutableDictionary<uint, ImmutableArray<TimelineStart>> histories)
    {
        foreach (var (newest, starts) in histories)
        {
            for (var count = 1; count < starts.Length; count++)
            {
                var older = await HistoryAsync(run, folder, listing, starts[count - 1].Timeline);
                if (older.Values.Any(known => !known.SequenceEqual(starts.Take(count))))
                {
                    throw new EngineException(string.Create(
                        CultureInfo.InvariantCulture,
                        $"timeline {newest} did not come from the timeline {starts[count - 1].Timeline} whose history is in the repository: two members have " +
                        $"used that number, and of whom its log is cannot be told; begin with a backup of timeline {newest}, or take one"));
                }
            }
        }
    }

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
