using System.Diagnostics;
using Holdfast.Lab.Checking;
using Holdfast.Lab.Histories;
using static Holdfast.Lab.Tests.Checking.Histories;

namespace Holdfast.Lab.Tests.Checking;

/// <summary>Every judgement can fail, and fails for nothing else.</summary>
public sealed class CheckerTests
{
    [Fact]
    public void Nothing_is_found_in_a_good_history()
    {
        var verdict = Checker.Judge(Good);

        verdict.Violations.ShouldBeEmpty();
        (verdict.Acknowledged, verdict.Lost, verdict.Reported, verdict.StaleReads).ShouldBe((5, 0, 0, 0));
    }

    [Fact]
    public void An_acknowledged_row_that_is_gone_is_lost() => Without4(Good).Found().ShouldBe([Judgement.Lost]);

    [Fact]
    public void An_acknowledged_entry_that_is_gone_is_lost()
    {
        var good = Good;
        (good with
        {
            Reads = [],
            Final = Of([1, 4], [(2, 2), (3, 1)], [(2, 2)]),
            Others = good.Others.Clear(),
        }).Found().ShouldBe([Judgement.Lost]);
    }

    [Fact]
    public void A_loss_that_is_only_reported_is_not_allowed() => (Without4(Good) with { Reported = [4] }).Found().ShouldBe([Judgement.Lost]);

    [Fact]
    public void What_a_late_acknowledgement_names_must_be_there_but_it_says_nothing_of_who_was_primary_when()
    {
        var late = Good.With(write => write.Id == 4 ? write with { IsLate = true, By = new Reign("z", "00000001"), Answered = 10_000 } : write);

        late.Found().ShouldBeEmpty();
        Without4(late).Found().ShouldBe([Judgement.Lost]);
    }

    [Fact]
    public void A_loss_with_a_site_must_be_reported()
    {
        var disaster = new Disaster("fra", ["b"], 200);

        (Without4(Good) with { Disasters = [disaster] }).Found().ShouldBe([Judgement.Lost]);
        var reported = Checker.Judge(Without4(Good) with { Disasters = [disaster], Reported = [4] });
        reported.Violations.ShouldBeEmpty();
        (reported.Lost, reported.Reported).ShouldBe((1, 1));
        (Without4(Good) with { Disasters = [disaster with { Until = 100 }], Reported = [4] }).Found().ShouldBe([Judgement.Lost], "it was sent after the disaster");
        (Without4(Good) with { Disasters = [disaster with { Members = ["a"] }], Reported = [4] }).Found().ShouldBe([Judgement.Lost], "another site acknowledged it");
    }

    [Fact]
    public void A_commit_that_no_standby_had_may_be_lost_where_the_file_allows_that_and_it_is_reported()
    {
        var alone = Without4(Good).With(write => write.Id == 4 ? write with { Protected = false } : write);

        alone.Found().ShouldBe([Judgement.Lost]);
        (alone with { UnprotectedMayBeLost = true }).Found().ShouldBe([Judgement.Lost]);
        (alone with { UnprotectedMayBeLost = true, Reported = [4] }).Found().ShouldBeEmpty();
        (alone with { Reported = [4] }).Found().ShouldBe([Judgement.Lost]);
    }

    [Fact]
    public void A_refused_write_that_is_there_is_a_ghost() =>
        Good.With(write => write.Id == 4 ? write with { Outcome = Outcome.Failed } : write).Found().ShouldBe([Judgement.Ghost]);

    [Fact]
    public void A_write_without_an_answer_may_be_there_or_not()
    {
        var indeterminate = Good.With(write => write.Id == 4 ? write with { Outcome = Outcome.Indeterminate, By = default } : write);

        indeterminate.Found().ShouldBeEmpty();
        Without4(indeterminate).Found().ShouldBeEmpty();
    }

    [Fact]
    public void What_was_seen_without_an_answer_may_be_gone_only_with_its_site_or_with_a_primary_that_was_alone_and_reported()
    {
        var good = Good;
        // 3 was seen by the read at the first primary.
        var seen = good.With(write => write.Id == 3 ? write with { Outcome = Outcome.Indeterminate, By = default, Places = [] } : write).With(
            write => write.Id == 5 ? write with { Places = [new Place(0, 2), new Place(1, 2)] } : write) with
        {
            Reads = [good.Reads[0], ReadAt(Second, 150, 160, (2, 5), (2, 5))],
            Final = Of([1, 4], [(2, 2), (5, 2)], [(2, 2), (5, 2)]),
            Others = good.Others.Clear(),
        };

        seen.Found().ShouldContain(Judgement.Vanished);
        var reported = seen with { Reported = [3] };
        reported.Found().ShouldContain(Judgement.Vanished, "nothing allows that it is lost");
        (reported with { Disasters = [new Disaster("fra", ["a"], 200)] }).Found().ShouldBeEmpty();
        (reported with { Disasters = [new Disaster("fra", ["a"], 60)] }).Found().ShouldContain(Judgement.Vanished, "it was seen after the disaster");
        (reported with { Killed = [new Killed("a", 75)] }).Found().ShouldBeEmpty("it was being answered when its server was killed");
        (reported with { Killed = [new Killed("a", 69)] }).Found().ShouldContain(Judgement.Vanished, "it was asked afterwards");
        (reported with { Killed = [new Killed("a", 81)] }).Found().ShouldContain(Judgement.Vanished, "it had been answered before");
        (reported with { Killed = [new Killed("b", 75)] }).Found().ShouldContain(Judgement.Vanished, "another server was killed");
        (reported with { Disasters = [new Disaster("fra", ["b"], 200)] }).Found().ShouldContain(Judgement.Vanished, "another site was lost");
        var alone = reported with { UnprotectedMayBeLost = true, Reads = reported.Reads.SetItem(0, reported.Reads[0] with { Protected = false }) };
        alone.Found().ShouldBeEmpty();
        (alone with { UnprotectedMayBeLost = false }).Found().ShouldContain(Judgement.Vanished);
        (alone with { Reported = [] }).Found().ShouldContain(Judgement.Vanished);
        var before = ReadAt(First, 70 - (6 * Stopwatch.Frequency), 80 - (6 * Stopwatch.Frequency), (0, 0), (0, 0)) with { Protected = false };
        (reported with { UnprotectedMayBeLost = true, Reads = reported.Reads.Add(before) }).Found().ShouldContain(
            Judgement.Vanished, "it had demanded standbys for long when it showed this");
        (reported with { UnprotectedMayBeLost = true }).Found().ShouldContain(Judgement.Vanished, "its primary demanded standbys all the time");
    }

    [Theory]
    [InlineData(false, 1.0, 31, false)]
    [InlineData(false, 1.0, 36, true)]
    [InlineData(false, 2.5, 100, false)]
    [InlineData(true, 1.0, 8, false)]
    [InlineData(true, 1.0, 14, true)]
    public void A_replaced_primary_answers_reads_for_a_bounded_time(bool isGated, double every, int seconds, bool isTooLong)
    {
        var good = Good;
        var second = Stopwatch.Frequency;
        var reads = Enumerable.Range(1, (int)(seconds / every)).Select(number => (long)(number * every * second))
            .Select(at => ReadAt(First, at, at + 10, (2, 3), (1, 2)) with { IsGated = isGated });
        var history = good with { Reads = [.. good.Reads, .. reads], StaleLimits = (TimeSpan.FromSeconds(34), TimeSpan.FromSeconds(12)) };

        history.Found().ShouldBe(isTooLong ? [Judgement.Stale] : []);
    }

    [Fact]
    public void What_nobody_wrote_is_invented()
    {
        var good = Good;
        (good with { Final = good.Final with { Rows = good.Final.Rows.Add(9) }, Others = good.Others.Clear() }).Found().ShouldBe([Judgement.Invented]);
    }

    [Fact]
    public void A_part_of_a_transaction_without_an_answer_is_torn()
    {
        var good = Good.With(write => write.Id == 5 ? write with { Outcome = Outcome.Indeterminate, By = default } : write);
        (good with
        {
            Reads = [],
            Final = Of([1, 4], [(2, 2), (3, 1), (5, 2)], [(2, 2)]),
            Others = good.Others.Clear(),
        }).Found().ShouldBe([Judgement.Torn]);
    }

    [Fact]
    public void A_part_of_a_transaction_that_a_standby_shows_is_torn()
    {
        var good = Good;
        (good with { Reads = good.Reads.Add(ReadAt(new Reign("a", ""), 150, 160, (3, 5), (1, 2)) with { Torn = [5] }) }).Found().ShouldBe([Judgement.Torn]);
    }

    [Fact]
    public void An_entry_that_is_there_twice_is_repeated()
    {
        var good = Good;
        (good with
        {
            Final = Of([1, 4], [(2, 2), (3, 1), (5, 2), (5, 2)], [(2, 2), (5, 2)]),
            Others = good.Others.Clear(),
        }).Found().ShouldBe([Judgement.Repeated]);
    }

    [Fact]
    public void A_list_with_a_gap_is_repeated()
    {
        var good = Good;
        var lists = good.Final.Lists.SetItem(0, [.. good.Final.Lists[0].Select(entry => entry.Position == 3 ? entry with { Position = 4 } : entry)]);
        (good with { Final = good.Final with { Lists = lists }, Others = good.Others.Clear() }).Found().ShouldContain(Judgement.Repeated);
    }

    [Fact]
    public void Entries_that_have_changed_places_are_reordered()
    {
        var good = Good;
        (good with
        {
            Reads = [],
            Final = Of([1, 4], [(3, 1), (2, 2), (5, 2)], [(2, 2), (5, 2)]),
            Others = good.Others.Clear(),
        }).Found().ShouldBe([Judgement.Reordered]);
    }

    [Fact]
    public void An_entry_before_one_that_was_acknowledged_earlier_is_reordered()
    {
        // Where the transactions themselves saw it so, too.
        var good = Good.With(write => write.Id switch { 2 => write with { Places = [] }, 3 => write with { Places = [] }, _ => write });
        (good with
        {
            Reads = [],
            Final = Of([1, 4], [(3, 1), (2, 2), (5, 2)], [(2, 2), (5, 2)]),
            Others = good.Others.Clear(),
        }).Found().ShouldBe([Judgement.Reordered]);
    }

    [Fact]
    public void Two_that_acknowledge_at_the_same_time_are_two_writers()
    {
        var good = Good;
        (good with
        {
            Writes = good.Writes.Add(Row(6, First, 125, 128)),
            Final = Of([1, 4, 6], [(2, 2), (3, 1), (5, 2)], [(2, 2), (5, 2)]),
            Others = good.Others.Clear(),
        }).Found().ShouldBe([Judgement.TwoWriters]);
    }

    [Fact]
    public void An_epoch_that_does_not_rise_is_found()
    {
        var good = Good;
        (good with { Epochs = good.Epochs.Add(First, 1).Add(Second, 2) }).Found().ShouldBeEmpty();
        (good with { Epochs = good.Epochs.Add(First, 2).Add(Second, 2) }).Found().ShouldBe([Judgement.EpochFell]);
        (good with { Epochs = good.Epochs.Add(First, 3).Add(Second, 2) }).Found().ShouldBe([Judgement.EpochFell]);
    }

    [Fact]
    public void A_read_that_shows_less_than_had_been_acknowledged_went_back()
    {
        var good = Good;
        (good with { Reads = good.Reads.Add(ReadAt(Second, 170, 180, (2, 3), (1, 2))) }).Found().ShouldBe([Judgement.WentBack]);
    }

    [Fact]
    public void A_read_that_shows_less_than_an_earlier_one_went_back()
    {
        // The entry that the earlier one saw never got an answer.
        var good = Good.With(write => write.Id == 5 ? write with { Outcome = Outcome.Indeterminate, By = default, Places = [] } : write);
        good.Found().ShouldBeEmpty();
        (good with { Reads = good.Reads.Add(ReadAt(Second, 170, 180, (2, 3), (1, 2))) }).Found().ShouldBe([Judgement.WentBack]);
    }

    [Fact]
    public void A_replaced_primary_may_answer_from_the_past()
    {
        var good = Good;
        var verdict = Checker.Judge(good with { Reads = good.Reads.Add(ReadAt(First, 170, 180, (2, 3), (1, 2))) });

        verdict.Violations.ShouldBeEmpty();
        verdict.StaleReads.ShouldBe(1);
    }

    [Fact]
    public void A_replaced_primary_may_not_forget_what_it_had_itself()
    {
        var good = Good;
        (good with { Reads = good.Reads.Add(ReadAt(First, 170, 180, (1, 2), (1, 2))) }).Found().ShouldBe([Judgement.WentBack]);
    }

    [Fact]
    public void What_a_primary_showed_may_not_vanish()
    {
        var good = Good;
        (good with { Reads = good.Reads.Add(ReadAt(First, 90, 95, (3, 7), (1, 2))) }).Found().ShouldContain(Judgement.Vanished);
    }

    [Fact]
    public void What_was_seen_of_a_reported_loss_does_not_count()
    {
        // The second site lost entry 5, which had been acknowledged and read, and another takes its place.
        var good = Good;
        var third = new Reign("c", "00000003");
        (good with
        {
            Writes = good.Writes.Add(Append(6, third, 210, 220, (0, 3), (1, 2))),
            Reads = good.Reads.Add(ReadAt(third, 205, 208, (2, 3), (1, 2))),
            Final = Of([1, 4], [(2, 2), (3, 1), (6, 2)], [(2, 2), (6, 2)]),
            Others = good.Others.Clear(),
            Disasters = [new Disaster("ber", ["b"], 200)],
            Reported = [5],
        }).Found().ShouldBeEmpty();
    }

    [Fact]
    public void A_standby_that_has_something_else_has_diverged()
    {
        var good = Good;
        (good with { Others = good.Others.SetItem("a", Of([1, 4, 8], [(2, 2), (3, 1), (5, 2)], [(2, 2), (5, 2)])) }).Found().ShouldBe([Judgement.Diverged]);
        (good with { Others = good.Others.SetItem("a", Of([1], [(2, 2), (3, 1), (5, 2)], [(2, 2), (5, 2)])) }).Found().ShouldBe([Judgement.Diverged]);
        (good with { Others = good.Others.SetItem("a", Of([1, 4], [(2, 2), (3, 1)], [(2, 2), (5, 2)])) }).Found().ShouldBe([Judgement.Diverged]);
    }

    private static History Without4(History history) => history with
    {
        Final = history.Final with { Rows = history.Final.Rows.Remove(4) },
        Others = history.Others.Clear(),
    };
}
