using Holdfast.Core.Failover;

namespace Holdfast.Core.Tests.Scenarios;

/// <summary>The stories are true; every rule has one; and no rule can be left out of the table unnoticed.</summary>
public sealed class ScenarioTests
{
    private static readonly Lazy<ScenarioFile[]> Files = new(() => [.. ScenarioFile.LoadAll()]);

    public static TheoryData<string> Names => [.. Directory.GetFiles(ScenarioFile.Folder, "*.txt").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    public static TheoryData<string> RuleIds => [.. FailoverRules.Table.Select(rule => rule.Id)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_story_comes_out_as_told(string name)
    {
        var path = Path.Combine(ScenarioFile.Folder, name);
        var wrong = ScenarioFile.Parse(name, File.ReadAllText(path)).Steps.Select(Complaint).Where(complaint => complaint is not null).ToArray();
        string.Join("\n", wrong).ShouldBeEmpty();
    }

    [Fact]
    public void Each_rule_has_an_id_of_its_own() =>
        FailoverRules.Table.GroupBy(rule => rule.Id).Where(group => group.Count() > 1).Select(group => group.Key).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(RuleIds))]
    public void Each_rule_is_fired_by_a_story_which_comes_out_differently_without_it(string id)
    {
        var without = FailoverRules.Table.RemoveAll(rule => rule.Id == id);
        without.Length.ShouldBe(FailoverRules.Table.Length - 1);
        var steps = Files.Value.SelectMany(file => file.Steps).ToArray();
        steps.ShouldContain(step => step.Rule == id, $"no scenario fires {id}");
        steps.ShouldContain(step => Differs(step, FailoverRules.Decide(without, step.View)), $"nothing changes when {id} is turned off");
    }

    [Fact]
    public void A_story_names_only_rules_that_there_are()
    {
        string[] steady = ["PRIMARY.steady", "STANDBY.steady", "PAUSE.hold"];
        var known = FailoverRules.Table.Select(rule => rule.Id).Concat(steady).ToHashSet(StringComparer.Ordinal);
        Files.Value.SelectMany(file => file.Steps).Where(step => !known.Contains(step.Rule)).Select(step => $"{step}: {step.Rule}").ShouldBeEmpty();
        steady.ShouldAllBe(id => Files.Value.Any(file => file.Steps.Any(step => step.Rule == id)));
    }

    [Theory]
    [InlineData("me: a\n=> R4.fence: nothing", "x.txt:1")]
    [InlineData("# t\nme: a\nrecord: epoch 1\n=> R4.fence: nothing", "x.txt:4: a record has at least")]
    [InlineData("# t\nrecrod: none", "x.txt:2: 'recrod' is no subject")]
    [InlineData("# t\nme: a\nrecord: none\nengine: primary running at 7\n=> R0.adopt: nothing", "x.txt:5: '7' is not a position")]
    [InlineData("# t\nme: a\nrecord: none\nactivity: lag 3 h\n=> R0.adopt: nothing", "'h' in 'lag 3 h' is no unit")]
    [InlineData("# t\nme: a\nrecord: none", "no decision is expected")]
    [InlineData("# t\nme: a\nrecord: none\nbecause of it", "'because' follows an arrow")]
    public void A_story_with_a_mistake_is_refused_with_file_line_and_remedy(string text, string message) =>
        Should.Throw<FormatException>(() => ScenarioFile.Parse("x.txt", text)).Message.ShouldContain(message);

    private static bool Differs(ScenarioStep step, Decision decision) => decision.Rule != step.Rule || ActionText.Of(decision.Action, step.View) != step.Action;

    private static string? Complaint(ScenarioStep step)
    {
        var decision = FailoverRules.Decide(step.View);
        var reasonFits = step.Because is null || decision.Reason.Contains(step.Because, StringComparison.Ordinal);
        return !Differs(step, decision) && reasonFits ? null
            : $"{step}: expected {step.Rule}: {step.Action}{(step.Because is { } because ? $"\n  because {because}" : "")}\n" +
              $"  but it is {decision.Rule}: {ActionText.Of(decision.Action, step.View)}\n  because {decision.Reason}";
    }
}
