using System.Diagnostics;
using System.Globalization;
using System.Text;
using Holdfast.Simulation.Defects;

namespace Holdfast.Simulation.Tests;

/// <summary>The simulator can fail: each defect that is planted is found. With HOLDFAST_WRITE=1 the table in docs/PROOF.md is written anew.</summary>
public sealed class PlantedDefectTests(ITestOutputHelper output)
{
    private const string Begin = "<!-- planted defects: written by HOLDFAST_WRITE=1 ./test --only simulation -->";
    private const string End = "<!-- end -->";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Fact]
    [Trait("Speed", "Slow")]
    public void Each_planted_defect_is_found_in_under_a_minute()
    {
        var table = new StringBuilder("| rule | planted defect | article of the oath | runs | seconds |\n|---|---|---|---|---|\n");
        var missed = new List<string>();
        var isWritten = Environment.GetEnvironmentVariable("HOLDFAST_WRITE") == "1"; // Then nothing is spared.
        foreach (var planted in PlantedDefect.All)
        {
            var watch = Stopwatch.StartNew();
            var search = new Search(planted.Defect, planted.Worlds);
            var found = search.Run(isWritten ? 1 : planted.FirstSeed, Limit, jobs: 1, stop: TestContext.Current.CancellationToken);
            var article = found?.Violation.Split(',')[0].Replace("oath ", "", StringComparison.Ordinal) ?? "not found";
            table.Append(CultureInfo.InvariantCulture, $"| {planted.Rule} | {planted.What} | {article} | {search.Totals.Runs} | {watch.Elapsed.TotalSeconds:0.0} |\n");
            if (found is null)
            {
                missed.Add($"{planted}");
            }
        }

        output.WriteLine(table.ToString());
        PlantedDefect.All.Length.ShouldBeGreaterThanOrEqualTo(15);
        PlantedDefect.All.Count(planted => planted.Worlds == Worlds.TwoSites).ShouldBeGreaterThanOrEqualTo(6);
        missed.ShouldBeEmpty();
        if (isWritten)
        {
            Write(table.ToString());
        }
    }

    [Fact]
    public void The_document_names_each_planted_defect()
    {
        var document = File.ReadAllText(Document());
        PlantedDefect.All.Where(planted => !document.Contains($"| {planted.Rule} | {planted.What} |", StringComparison.Ordinal))
            .ShouldBeEmpty("write it anew: HOLDFAST_WRITE=1 ./test --only simulation");
    }

    private static void Write(string table)
    {
        var text = File.ReadAllText(Document());
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        File.WriteAllText(Document(), $"{text[..from]}\n\n{table}\n{text[to..]}");
    }

    private static string Document()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Holdfast.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("the tests run within the repository");
        }

        return Path.Combine(folder.FullName, "docs", "PROOF.md");
    }
}
