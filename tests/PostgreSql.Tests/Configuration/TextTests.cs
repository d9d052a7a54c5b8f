using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;
using Holdfast.Engines.PostgreSql.Configuration;
using Holdfast.Engines.PostgreSql.Observation;

namespace Holdfast.PostgreSql.Tests.Configuration;

public class TextTests
{
    public static TheoryData<SyncRule> Rules => new(
        SyncRule.None, SyncRule.Blocked, new SyncRule(["a"], 1), new SyncRule(["a-1", "b\"x", "c,d"], 2));

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_rule_is_read_back_as_it_was_written(SyncRule rule) => SyncRuleText.Parse(SyncRuleText.Format(rule)).ShouldBe(rule);

    [Theory]
    [InlineData("*")]
    [InlineData("FIRST 1 (\"a\")")]
    [InlineData("ANY 1 (a)")]
    [InlineData("ANY 2 (\"a\")")]
    [InlineData("ANY 0 (\"a\")")]
    [InlineData("ANY 1 ()")]
    [InlineData("ANY 1 (\"a)")]
    [InlineData("a, b")]
    public void A_rule_of_somebody_else_is_not_guessed_at(string text) => SyncRuleText.Parse(text).ShouldBeNull();

    [Theory]
    [InlineData("plain")]
    [InlineData("")]
    [InlineData(@"it's a \ path")]
    [InlineData("two\nlines")]
    [InlineData("'")]
    [InlineData(@"\")]
    public void A_setting_is_read_back_as_it_was_written(string value)
    {
        var line = SettingsText.Line("name", value);
        line.ShouldNotContain("\n");
        SettingsText.TryParse(line, out var name, out var read).ShouldBeTrue();
        (name, read).ShouldBe(("name", value));
    }

    [Fact]
    public void Slot_names_differ_when_member_names_do()
    {
        string[] members = ["a", "a-b", "a_b", "A-b", new string('x', 80), new string('x', 81), "ä"];
        var names = members.Select(ConnectionInfo.SlotName).ToArray();
        names.Distinct().Count().ShouldBe(members.Length);
        names.ShouldAllBe(name => name.Length <= 63 && name.All(c => c == '_' || char.IsAsciiDigit(c) || char.IsAsciiLetterLower(c)));
    }

    [Fact]
    public void A_history_file_names_where_each_timeline_began()
    {
        var history = TimelineHistory.Parse("1\t0/3000000\tno recovery target specified\n\n2\t0/5000060\twhy\n", 4);
        history!.Value.ToArray().ShouldBe([new TimelineStart(2, Lsn.Parse("0/3000000")), new TimelineStart(4, Lsn.Parse("0/5000060"))]);
        TimelineHistory.TimelineAt(history.Value, Lsn.Parse("0/3000000")).ShouldBe(1u);
        TimelineHistory.TimelineAt(history.Value, Lsn.Parse("0/3000001")).ShouldBe(2u);
        TimelineHistory.TimelineAt(history.Value, Lsn.Parse("1/0")).ShouldBe(4u);
        TimelineHistory.Parse("what is this", 2).ShouldBeNull();
    }
}
