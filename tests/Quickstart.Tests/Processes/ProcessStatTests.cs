using Holdfast.Quickstart.Processes;

namespace Holdfast.Quickstart.Tests.Processes;

public class ProcessStatTests
{
    [Fact]
    public void A_name_with_blanks_and_brackets_does_not_shift_the_fields()
    {
        var stat = ProcessStat.Parse("42 (a) S (b) T 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 1 2 3");
        stat.ShouldBe(new ProcessStat('T', 7, 123456));
    }

    [Fact]
    public void A_process_that_has_ended_is_none_though_its_parent_has_not_collected_it() =>
        ProcessStat.Parse("42 (x) Z 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 5 1 2 3").IsGone.ShouldBeTrue();
}
