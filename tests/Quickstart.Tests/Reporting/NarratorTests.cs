using Holdfast.Quickstart.Faults;
using Holdfast.Quickstart.Faults.Sites;
using Holdfast.Quickstart.Reporting;
using Spectre.Console;

namespace Holdfast.Quickstart.Tests.Reporting;

public class NarratorTests
{
    private static string[] Told(Action<Narrator> tell)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(writer),
        });
        tell(new Narrator(console, TimeProvider.System));
        return writer.ToString().Split('\n');
    }

    [Fact]
    public void Long_text_is_broken_between_words_within_a_hundred_columns_and_indented()
    {
        var words = Enumerable.Range(0, 60).Select(number => $"word{number}[x]").ToArray();
        var lines = Told(narrator => narrator.Say(string.Join(' ', words)));
        lines.ShouldAllBe(line => line.Length <= 100);
        lines.Skip(1).Where(line => line.Length > 0).ShouldAllBe(line => line.StartsWith("          word"));
        string.Join(' ', lines).Split(' ', StringSplitOptions.RemoveEmptyEntries)[2..].ShouldBe(words);
    }

    [Fact]
    public void The_table_fits_a_hundred_columns_and_marks_a_fault_that_did_not_pass()
    {
        var result = new FaultResult
        {
            Fault = CoordinationLoss.Key,
            OutageSeconds = 0.0123,
            Acknowledged = 1_234_567,
            Lost = 3,
            HealthyAfterSeconds = null,
            UnprotectedMs = 7,
            Problems = ["3 lost"],
        };
        var site = result with
        {
            Fault = SiteDisaster.Key,
            ReportedLost = 7_654_321,
            Verified = false,
            HealthyAfterSeconds = 123.4,
            Second = new StoreResult("sessions", 2.5, 3_333, 44, 43, null),
        };
        var lines = Told(narrator => narrator.Table([result, site], rounds: 3));
        lines.ShouldAllBe(line => line.Length <= 100);
        lines.Single(line => line.Contains("coordination-loss")).ShouldSatisfyAllConditions(
            row => row.ShouldContain("1,234,567"), row => row.ShouldContain("never"), row => row.ShouldContain("NO"));
        lines.Single(line => line.Contains("site-disaster")).ShouldSatisfyAllConditions(
            row => row.ShouldContain("7,654,321"), row => row.ShouldContain("123.40"));
        lines.Single(line => line.Contains("  sessions")).ShouldMatch(@"\|   sessions +\| +2\.500 \| +3,333 \| +44 \| +43 \|");
    }
}
