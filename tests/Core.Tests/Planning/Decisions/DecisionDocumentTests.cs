using System.Text.RegularExpressions;

namespace Holdfast.Core.Tests.Planning.Decisions;

public sealed class DecisionDocumentTests
{
    /// <summary>Set to 1, the test writes the tables instead of comparing them.</summary>
    private const string WriteVariable = "HOLDFAST_WRITE";

    private const string WrittenBy = $"written by {WriteVariable}=1 ./test --only core";

    private static readonly Regex Marked = new(
        $@"(?<begin><!-- (?<name>[a-z ]+): {Regex.Escape(WrittenBy)} -->\n)(?<table>.*?)(?<end><!-- end -->)",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture);

    [Fact]
    public void The_tables_of_the_document_are_what_the_model_says()
    {
        var path = Repository.PathOf("docs", "PLANNING-DECISIONS.md");
        var text = File.ReadAllText(path).ReplaceLineEndings("\n");
        var wanted = Marked.Replace(text, match =>
        {
            var name = match.Groups["name"].Value;
            DecisionDocument.Tables.ContainsKey(name).ShouldBeTrue(name);
            return $"{match.Groups["begin"].Value}\n{DecisionDocument.Tables[name]()}\n{match.Groups["end"].Value}";
        });
        Marked.Matches(text).Select(match => match.Groups["name"].Value).Order(StringComparer.Ordinal)
            .ShouldBe(DecisionDocument.Tables.Keys.Order(StringComparer.Ordinal), "each table is in the document, once");
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
        {
            File.WriteAllText(path, wanted);
            return;
        }

        text.ShouldBe(wanted, $"{path} is not current: run this test with {WriteVariable}=1");
    }
}
