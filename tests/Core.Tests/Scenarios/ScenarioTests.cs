using Holdfast.Core.Failover;
using Holdfast.Core.Sites;

namespace Holdfast.Core.Tests.Scenarios;

/// <summary>The stories are true; every rule has one; and no rule can be left out of the table unnoticed.</summary>
public sealed class ScenarioTests
{
    private static readonly Lazy<ScenarioFile[]> Files = new(() => [.. ScenarioFile.LoadAll()]);

    public static TheoryData<string> Names => [.. Directory.GetFiles(ScenarioFile.Folder, "*.txt").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    public static TheoryData<string> RuleIds => [.. FailoverRules.Table.Select(rule => rule.Id), .. SiteDuties.Table.Select(duty => duty.Id)];

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
        FailoverRules.Table.Select(rule => rule.Id).Concat(SiteDuties.Table.Select(duty => duty.Id))
            .GroupBy(id => id).Where(group => group.Count() > 1).Select(group => group.Key).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(RuleIds))]
    public void Each_rule_is_fired_by_a_story_which_comes_out_differently_without_it(string id)
    {
        var rules = FailoverRules.Table.RemoveAll(rule => rule.Id == id);
        var duties = SiteDuties.Table.RemoveAll(duty => duty.Id == id);
        (rules.Length + duties.Length).ShouldBe(FailoverRules.Table.Length + SiteDuties.Table.Length - 1);
        var steps = Files.Value.SelectMany(file => file.Steps).ToArray();
        steps.ShouldContain(step => step.Rule == id, $"no scenario fires {id}");
        steps.ShouldContain(step => Differs(step, step.Decide(rules, duties)), $"nothing changes when {id} is turned off");
    }

    [Fact]
    public void A_story_names_only_rules_that_there_are()
    {
        string[] steady = ["PRIMARY.steady", "STANDBY.steady", "PASSIVE.steady", "PAUSE.hold", "SITE.steady"];
        var known = FailoverRules.Table.Select(rule => rule.Id).Concat(SiteDuties.Table.Select(duty => duty.Id)).Concat(steady).ToHashSet(StringComparer.Ordinal);
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
    [InlineData("# t\nme: a\nsites: epoch 1\n=> R0.adopt: nothing", "x.txt:4: a site record is 'epoch N at SITE'")]
    [InlineData("# t\nme: a\nsites: epoch 1 at fra\nmove: switchover to ber at noon\n=> R0.adopt: nothing", "'noon' is none of check, verifybefore")]
    [InlineData("# t\nme: a\nrecord: none\n-> SITE.create: nothing", "say 'sites: …'")]
    [InlineData("# t\nme: a\nrecord: none\nbecause of it", "'because' follows an arrow")]
    public void A_story_with_a_mistake_is_refused_with_file_line_and_remedy(string text, string message) =>
        Should.Throw<FormatException>(() => ScenarioFile.Parse("x.txt", text)).Message.ShouldContain(message);

    private static bool Differs(ScenarioStep step, Said said) => said.Rule != step.Rule || said.Action != step.Action;

    private static string? Complaint(ScenarioStep step)
    {
        var said = step.Decide(FailoverRules.Table, SiteDuties.Table);
        var reasonFits = step.Because is null || said.Reason.Contains(step.Because, StringComparison.Ordinal);
        return !Differs(step, said) && reasonFits ? null
            : $"{step}: expected {step.Rule}: {step.Action}{(step.Because is { } because ? $"\n  because {because}" : "")}\n" +
              $"  but it is {said.Rule}: {said.Action}\n  because {said.Reason}";
    }
}
