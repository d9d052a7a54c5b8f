using Holdfast.Core.Failover;
using Holdfast.Core.Failover.Rules;
using Holdfast.Core.Sites;
using Holdfast.Core.Tests.Scenarios;

namespace Holdfast.Core.Tests.Documents;

public sealed class RuleDocumentTests
{
    /// <summary>Set to 1, the test writes the document instead of comparing it.</summary>
    private const string WriteVariable = "HOLDFAST_WRITE";

    [Fact]
    public void The_document_of_the_rules_is_what_the_table_says()
    {
        var path = Repository.PathOf("docs", "failover-rules.md");
        var wanted = RuleDocument.Render(FailoverRules.Table, SiteDuties.Table, StoryByRule());
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, wanted);
        }

        File.Exists(path).ShouldBeTrue($"{path} is missing: run this test with {WriteVariable}=1");
        File.ReadAllText(path).ReplaceLineEndings("\n").ShouldBe(wanted, $"{path} is not current: run this test with {WriteVariable}=1");
    }

    [Fact]
    public void Each_rule_says_in_words_when_it_holds_and_what_it_decides()
    {
        foreach (var rule in FailoverRules.Table)
        {
            rule.When.ShouldNotBeNullOrWhiteSpace(rule.Id);
            rule.Then.ShouldNotBeNullOrWhiteSpace(rule.Id);
        }

        foreach (var duty in SiteDuties.Table)
        {
            duty.When.ShouldNotBeNullOrWhiteSpace(duty.Id);
            duty.Then.ShouldNotBeNullOrWhiteSpace(duty.Id);
        }
    }

    /// <summary>The story that fires a rule most prominently: the one that has the fewest other rules.</summary>
    private static Dictionary<string, string> StoryByRule()
    {
        var files = ScenarioFile.LoadAll().OrderBy(file => file.Steps.Select(step => step.Rule).Distinct().Count()).ThenBy(file => file.Name, StringComparer.Ordinal).ToArray();
        return FailoverRules.Table.Select(rule => rule.Id).Concat(SiteDuties.Table.Select(duty => duty.Id)).ToDictionary(
            id => id,
            id => $"../tests/Core.Tests/Scenarios/{files.First(file => file.Steps.Any(step => step.Rule == id)).Name}",
            StringComparer.Ordinal);
    }
}
