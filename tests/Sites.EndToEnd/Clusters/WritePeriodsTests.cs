namespace Holdfast.Sites.EndToEnd.Clusters;

/// <summary>One writer at any time, as told from acknowledged commits. Needs no network.</summary>
public class WritePeriodsTests
{
    [Fact]
    public void One_after_the_other_is_one_writer() =>
        WritePeriods.Overlaps(
        [
            At("a", 1, 10, 11), At("a", 1, 20, 21), At("b", 2, 30, 31), At("b", 2, 40, 41), At("a", 3, 50, 51), At("a", 3, 60, 61),
        ]).ShouldBeEmpty();

    [Fact]
    public void Answers_that_cross_prove_nothing() =>
        // What a sent first may have been committed before b was promoted, though its answer came later.
        WritePeriods.Overlaps([At("a", 1, 10, 11), At("a", 1, 20, 45), At("b", 2, 30, 31), At("b", 2, 40, 41)]).ShouldBeEmpty();

    [Fact]
    public void A_commit_of_the_old_writer_between_those_of_the_new_one_is_two_writers()
    {
        var overlap = WritePeriods.Overlaps([At("a", 1, 10, 11), At("b", 2, 20, 21), At("a", 1, 30, 31), At("b", 2, 40, 41)]).ShouldHaveSingleItem();

        (overlap.First, overlap.Second).ShouldBe(("a (timeline 00000001)", "b (timeline 00000002)"));
    }

    [Fact]
    public void Two_that_were_promoted_to_the_same_timeline_are_two_writers() =>
        WritePeriods.Overlaps([At("a", 2, 10, 11), At("b", 2, 20, 21), At("a", 2, 30, 31), At("b", 2, 40, 41)]).ShouldHaveSingleItem();

    private static SeenCommit At(string member, int timeline, long sent, long acknowledged) =>
        new(sent, member, $"{timeline:X8}", sent, acknowledged);
}
