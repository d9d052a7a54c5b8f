using System.Collections.Immutable;
using Holdfast.Core.Backup;
using Holdfast.Core.Failover;

namespace Holdfast.Core.Tests.Backup;

/// <summary>Pieces of log are a hundred bytes here: piece 3 is from 300 to 399.</summary>
public class LogLineTests
{
    private const ulong PieceBytes = 100;
    private const long Noon = 1_795_435_200;

    private static readonly ImmutableDictionary<uint, ImmutableArray<TimelineStart>> OneTimeline = ImmutableDictionary<uint, ImmutableArray<TimelineStart>>.Empty;
    /// <summary>Timeline 2 left timeline 1 in the middle of piece 5.</summary>
    private static readonly ImmutableDictionary<uint, ImmutableArray<TimelineStart>> Forked =
        OneTimeline.Add(2, [new TimelineStart(2, new Lsn(550))]);

    [Fact]
    public void One_backup_and_all_log_after_it_make_one_window()
    {
        var found = LogLine.Follow([Backup("a", 210, 250)], Pieces(1, 1, 7), OneTimeline, PieceBytes);

        var window = found.Windows.ShouldHaveSingleItem();
        (window.FromLsn.Value, window.ToLsn.Value, window.Timeline).ShouldBe((250UL, 800UL, 1u));
        (window.From, window.To).ShouldBe((Noon + (long)(250), Noon + (long)(700)));
        window.Backups.ShouldBe(["a"]);
        (found.Gaps.Length, found.Useless.Length, found.IsCutOff).ShouldBe((0, 0, false));
    }

    [Fact]
    public void Later_backups_within_it_share_the_window()
    {
        var found = LogLine.Follow([Backup("b", 410, 450), Backup("a", 210, 250)], Pieces(1, 2, 7), OneTimeline, PieceBytes);

        found.Windows.ShouldHaveSingleItem().Backups.ShouldBe(["a", "b"]);
    }

    [Fact]
    public void A_missing_piece_splits_it_and_is_named()
    {
        var found = LogLine.Follow([Backup("a", 210, 250), Backup("b", 610, 650)], [.. Pieces(1, 2, 4), .. Pieces(1, 6, 7)], OneTimeline, PieceBytes);

        found.Windows.Select(window => (window.FromLsn.Value, window.ToLsn.Value)).ShouldBe([(250UL, 500UL), (650UL, 800UL)]);
        found.Gaps.ShouldBe([new LogGap(1, new Lsn(500), new Lsn(600), 1)]);
        found.IsCutOff.ShouldBeFalse();
    }

    [Fact]
    public void Log_beyond_a_gap_after_the_newest_backup_is_cut_off()
    {
        var found = LogLine.Follow([Backup("a", 210, 250)], [.. Pieces(1, 2, 4), .. Pieces(1, 6, 7)], OneTimeline, PieceBytes);

        found.IsCutOff.ShouldBeTrue();
        found.Windows.ShouldHaveSingleItem().ToLsn.ShouldBe(new Lsn(500));
    }

    [Fact]
    public void A_backup_without_its_own_log_is_of_no_use()
    {
        var found = LogLine.Follow([Backup("a", 210, 450), Backup("b", 510, 550)], [.. Pieces(1, 2, 3), .. Pieces(1, 5, 6)], OneTimeline, PieceBytes);

        found.Useless.ShouldBe(["a"]);
        found.Windows.ShouldHaveSingleItem().Backups.ShouldBe(["b"]);
    }

    [Fact]
    public void A_failover_is_passed_by_the_piece_of_the_younger_timeline()
    {
        var found = LogLine.Follow([Backup("a", 210, 250)], [.. Pieces(1, 2, 4), .. Pieces(2, 5, 8)], Forked, PieceBytes);

        var window = found.Windows.ShouldHaveSingleItem();
        (window.ToLsn.Value, window.Timeline).ShouldBe((900UL, 2u));
        found.Gaps.ShouldBeEmpty();
    }

    [Fact]
    public void What_a_lost_primary_did_not_archive_before_the_fork_is_a_gap_of_its_timeline()
    {
        var found = LogLine.Follow([Backup("a", 210, 250)], [.. Pieces(1, 2, 2), .. Pieces(2, 5, 8)], Forked, PieceBytes);

        found.Gaps.ShouldBe([new LogGap(1, new Lsn(300), new Lsn(500), 2)]);
        found.IsCutOff.ShouldBeTrue();
    }

    [Fact]
    public void What_a_deposed_primary_archived_beyond_the_fork_is_not_of_the_history()
    {
        // It had gone on, alone, to piece 9.
        var found = LogLine.Follow([Backup("a", 210, 250)], [.. Pieces(1, 2, 9), .. Pieces(2, 5, 6)], Forked, PieceBytes);

        found.Windows.ShouldHaveSingleItem().ToLsn.ShouldBe(new Lsn(700));
    }

    [Fact]
    public void A_backup_that_ended_beyond_the_fork_on_the_old_timeline_is_of_no_use()
    {
        var found = LogLine.Follow([Backup("a", 210, 250), Backup("lost", 610, 650)], [.. Pieces(1, 2, 9), .. Pieces(2, 5, 6)], Forked, PieceBytes);

        found.Useless.ShouldBe(["lost"]);
    }

    [Fact]
    public void A_repository_that_was_begun_on_a_later_timeline_is_followed_without_its_history()
    {
        var found = LogLine.Follow([Backup("a", 610, 650) with { Timeline = 2 }], Pieces(2, 6, 8), OneTimeline, PieceBytes);

        var window = found.Windows.ShouldHaveSingleItem();
        (window.FromLsn.Value, window.ToLsn.Value, window.Timeline).ShouldBe((650UL, 900UL, 2u));
        (found.Gaps.Length, found.Useless.Length, found.IsCutOff).ShouldBe((0, 0, false));
    }

    [Fact]
    public void Any_hole_is_found_whatever_is_missing()
    {
        var random = new Random(11);
        for (var round = 0; round < 500; round++)
        {
            var there = Enumerable.Range(2, 20).Where(_ => random.Next(5) > 0).Select(number => (ulong)number).ToHashSet();
            var backups = Enumerable.Range(2, 20).Where(_ => random.Next(4) == 0)
                .Select(number => Backup($"{number}", (ulong)number * 100, (ulong)(number * 100) + 50)).ToList();

            var found = LogLine.Follow(backups, there.Select(number => Piece(1, number)), OneTimeline, PieceBytes);

            foreach (var backup in backups)
            {
                found.Useless.Contains(backup.Label).ShouldBe(!there.Contains(backup.From.Value / PieceBytes));
            }

            for (ulong piece = 2; piece < 22; piece++)
            {
                // Restorable exactly when some backup below reaches it without a hole.
                var reaches = backups.Exists(backup => backup.From.Value / PieceBytes is var begin && begin <= piece
                    && Enumerable.Range((int)begin, (int)(piece - begin) + 1).All(number => there.Contains((ulong)number)));
                var told = found.Windows.Any(window => window.FromLsn.Value / PieceBytes <= piece && window.ToLsn.Value > piece * PieceBytes);
                told.ShouldBe(reaches, $"round {round}, piece {piece}: {string.Join(' ', there.Order())} / {string.Join(' ', backups.Select(backup => backup.Label))}");
            }
        }
    }

    private static BackupSet Backup(string label, ulong from, ulong to, uint timeline = 1) => new(
        label, BackupType.Full, Noon + (long)(from), Noon + (long)(to), new Lsn(from), new Lsn(to), timeline, 0, 0, 0, false);

    private static IEnumerable<LogPiece> Pieces(uint timeline, ulong first, ulong last)
    {
        for (var number = first; number <= last; number++)
        {
            yield return Piece(timeline, number);
        }
    }

    private static LogPiece Piece(uint timeline, ulong number) => new(timeline, number, Noon + (long)(number * 100));
}
