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
        var listing = RepositoryText.Listing(await run(["repo-ls", "--recurse", "--output=json", folder]), 0x1_0000_0000UL / pieceBytes);
        var histories = ImmutableDictionary<uint, ImmutableArray<TimelineStart>>.Empty;
        // The newest tells of all before it.
        if (listing.Histories.Count > 0)
        {
            var (timeline, path) = listing.Histories.Last();
            var text = await run(["repo-get", $"{folder}/{path}"]);
            histories = histories.Add(timeline, TimelineHistory.Parse(text, timeline)
                ?? throw new EngineException($"the history file of timeline {timeline.ToString(CultureInfo.InvariantCulture)} in the repository is damaged"));
        }

        return LogLine.Follow(backups, listing.Pieces, histories, pieceBytes);
    }
}
