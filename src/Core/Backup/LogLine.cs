using System.Collections.Immutable;
using Holdfast.Core.Failover;

namespace Holdfast.Core.Backup;

/// <summary>A complete piece of log in the archive.</summary>
/// <param name="Number">Its place: its beginning divided by the size of a piece.</param>
/// <param name="ArchivedAt">By the clock of the storage, in seconds since 1970 (UTC).</param>
public readonly record struct LogPiece(uint Timeline, ulong Number, long ArchivedAt);

/// <summary>Pieces that are not there though later ones are.</summary>
/// <param name="First">Where the first of them begins.</param>
/// <param name="Last">Where the last of them ends.</param>
public sealed record LogGap(uint Timeline, Lsn First, Lsn Last, int Pieces);

/// <summary>A stretch of the history, any moment of which can be restored.</summary>
/// <param name="From">When the oldest backup in it ended, in seconds since 1970 (UTC): nothing before can be restored from it.</param>
/// <param name="FromLsn">The same, as a place.</param>
/// <param name="To">When the last piece of log in it was archived: every commit in it is older. Null: no log beyond the backup itself.</param>
/// <param name="ToLsn">Where the log in it ends.</param>
/// <param name="Timeline">Of that end.</param>
/// <param name="Backups">The backups in it, oldest first.</param>
public sealed record RestorableWindow(
    long From, Lsn FromLsn, long? To, Lsn ToLsn, uint Timeline, ImmutableArray<string> Backups);

/// <summary>What a repository can bring back.</summary>
/// <param name="Windows">Oldest first.</param>
/// <param name="Gaps">Within the history from the oldest backup on.</param>
/// <param name="Useless">Backups from which nothing can be restored: their own log is not whole, or they are of no timeline of this history.</param>
/// <param name="IsCutOff">There is log after the newest backup, but not from it on.</param>
public sealed record Restorable(
    ImmutableArray<RestorableWindow> Windows, ImmutableArray<LogGap> Gaps, ImmutableArray<string> Useless, bool IsCutOff);

/// <summary>
/// Follows one history through the archive: the newest timeline and those that it came from, each up to where the next left it. Pieces of other
/// timelines, or beyond a fork, are not of it. A piece in which a timeline begins is the younger one's.
/// </summary>
public static class LogLine
{
    /// <param name="histories">For each timeline but the first, its forks, oldest first, as its history file tells them; missing: not known.</param>
    /// <param name="pieceBytes">Size of a piece.</param>
    public static Restorable Follow(
        IEnumerable<BackupSet> backups, IEnumerable<LogPiece> pieces, ImmutableDictionary<uint, ImmutableArray<TimelineStart>> histories, ulong pieceBytes)
    {
        var all = pieces.ToLookup(piece => piece.Timeline);
        var ordered = backups.OrderBy(backup => backup.EndedAt).ThenBy(backup => backup.To).ToList();
        var newest = all.Select(group => group.Key).Concat(histories.Keys).Append(1u).Max();
        // Where nothing tells what was before it, its own log is all there is.
        var stretches = histories.TryGetValue(newest, out var starts) || newest == 1
            ? Stretches(starts.IsDefault ? [] : starts, pieceBytes) : [new Stretch(newest, 0, ulong.MaxValue)];
        var there = new SortedDictionary<ulong, LogPiece>();
        foreach (var stretch in stretches)
        {
            foreach (var piece in all[stretch.Timeline].Where(piece => piece.Number >= stretch.First && piece.Number <= stretch.Last))
            {
                there[piece.Number] = piece;
            }
        }

        var useful = ordered.Where(backup => IsWhole(backup, stretches, there, pieceBytes)).ToList();
        var gaps = useful.Count == 0 ? [] : Gaps(useful[0].From.Value / pieceBytes, stretches, there, pieceBytes);
        var windows = Windows(useful, there, pieceBytes);
        var cutOff = there.Count > 0 && useful.Count > 0 && windows[^1].ToLsn.Value <= there.Keys.Last() * pieceBytes;
        return new Restorable(windows, gaps, [.. ordered.Except(useful).Select(backup => backup.Label)], cutOff);
    }

    private sealed record Stretch(uint Timeline, ulong First, ulong Last);

    private static List<Stretch> Stretches(ImmutableArray<TimelineStart> starts, ulong pieceBytes)
    {
        var stretches = new List<Stretch>();
        (uint timeline, ulong first) = (1u, 0UL);
        foreach (var start in starts)
        {
            var fork = start.Fork.Value / pieceBytes;
            if (fork > first)
            {
                stretches.Add(new Stretch(timeline, first, fork - 1));
            }

            (timeline, first) = (start.Timeline, fork);
        }

        stretches.Add(new Stretch(timeline, first, ulong.MaxValue));
        return stretches;
    }

    /// <summary>The log that the backup needs for itself is there, on the timelines of the history.</summary>
    private static bool IsWhole(BackupSet backup, List<Stretch> stretches, SortedDictionary<ulong, LogPiece> there, ulong pieceBytes)
    {
        var last = LastPiece(backup.To, pieceBytes);
        // A backup ends on one timeline. Where the next begins in its last piece, that piece is the younger's, and holds what it needs too.
        var at = stretches.Find(stretch => last >= stretch.First && last <= stretch.Last);
        if (at is null || (at.Timeline != backup.Timeline && !(at.First == last && stretches.Exists(stretch => stretch.Timeline == backup.Timeline))))
        {
            return false;
        }

        for (var number = backup.From.Value / pieceBytes; number <= last; number++)
        {
            if (!there.ContainsKey(number))
            {
                return false;
            }
        }

        return true;
    }

    private static ImmutableArray<RestorableWindow> Windows(List<BackupSet> useful, SortedDictionary<ulong, LogPiece> there, ulong pieceBytes)
    {
        var windows = ImmutableArray.CreateBuilder<RestorableWindow>();
        var end = 0UL;
        foreach (var backup in useful)
        {
            var last = LastPiece(backup.To, pieceBytes);
            if (windows.Count > 0 && last <= end)
            {
                windows[^1] = windows[^1] with { Backups = windows[^1].Backups.Add(backup.Label) };
                continue;
            }

            end = last;
            while (there.ContainsKey(end + 1))
            {
                end++;
            }

            var piece = there[end];
            windows.Add(new RestorableWindow(
                backup.EndedAt, backup.To, end > last ? piece.ArchivedAt : null, new Lsn((end + 1) * pieceBytes), piece.Timeline, [backup.Label]));
        }

        return windows.ToImmutable();
    }

    private static ImmutableArray<LogGap> Gaps(ulong first, List<Stretch> stretches, SortedDictionary<ulong, LogPiece> there, ulong pieceBytes)
    {
        var gaps = ImmutableArray.CreateBuilder<LogGap>();
        var expected = first;
        foreach (var number in there.Keys.Where(number => number >= first))
        {
            // A gap across a fork is one on each timeline.
            foreach (var stretch in stretches.Where(stretch => stretch.First < number && stretch.Last >= expected && number > expected))
            {
                var (from, to) = (Math.Max(stretch.First, expected), Math.Min(stretch.Last, number - 1));
                gaps.Add(new LogGap(stretch.Timeline, new Lsn(from * pieceBytes), new Lsn((to + 1) * pieceBytes), (int)(to - from + 1)));
            }

            expected = number + 1;
        }

        return gaps.ToImmutable();
    }

    /// <summary>The piece with the last byte before a place.</summary>
    private static ulong LastPiece(Lsn end, ulong pieceBytes) => end.Value == 0 ? 0 : (end.Value - 1) / pieceBytes;
}
