using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Holdfast.Agent.Tests.Api;
using Holdfast.Cli.Planning.Page;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Tests.Planning;

/// <summary>The decisions around a plan on the screen, in JSON and on the page.</summary>
public sealed class DecisionTests : IDisposable
{
    private static readonly XNamespace Html = "http://www.w3.org/1999/xhtml";

    /// <summary>All three, each with something to say: a choice, an invalid reason, and nothing to be had.</summary>
    private static readonly DecisionFacts Asked = new()
    {
        Kubernetes = new SourcedFacts<KubernetesFacts>(new KubernetesFacts { VolumeSize = new ByteCount(500e9), StoreShare = new Probability(0.8) }),
        Cloud = new SourcedFacts<CloudFacts>(
            new CloudFacts { RequiredAvailability = new(0.9999), Reasons = [CloudReason.EveryoneDoes, CloudReason.ServiceOnlyThere] }),
        Storage = new SourcedFacts<StorageFacts>(new StorageFacts { CephHosts = 8, CapacityDisks = 12, ErasureOverwrites = true }),
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast-decide-").FullName;
    private readonly Shell _shell = new(SampleGroup.System());

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("hospital", true)]
    [InlineData("hospital", false)]
    [InlineData("grid-operator", true)]
    [InlineData("grid-operator", false)]
    [InlineData("small-shop", true)]
    [InlineData("small-shop", false)]
    public async Task Each_line_fits_a_hundred_columns(string sample, bool compare)
    {
        var run = await _shell.RunSplitAsync(["plan", Sample(sample), .. compare ? ["--compare"] : Array.Empty<string>()]);

        run.Code.ShouldBe(0, run.Error);
        run.Lines.Where(line => line.Length > 100).ShouldBeEmpty();
        run.Out.ShouldContain("CRITERION");
        run.Out.Contains("OPTION", StringComparison.Ordinal).ShouldBe(compare, "all options are compared where a comparison is asked for");
    }

    [Fact]
    public async Task The_screen_says_the_answer_the_reasons_what_would_change_it_and_what_is_not_covered()
    {
        var run = await _shell.RunSplitAsync(["plan", Sample("hospital")]);

        run.Lines.ShouldContain(line => line.StartsWith("How is the Kubernetes cluster backed up?") && line.EndsWith(" of 5"));
        run.Lines.ShouldContain(line => line.StartsWith("  turns "));
        run.Lines.ShouldContain(line => line.StartsWith("  NOT COVERED   "));
        run.Lines.ShouldContain(line => line.StartsWith("  elsewhere "));
        run.Lines.ShouldContain(line => line.StartsWith("On which disks is records?"));
        run.Lines.ShouldContain(line => line.StartsWith("  flush ") && line.Contains("of a budget of"));
        var grid = await _shell.RunSplitAsync(["plan", Sample("grid-operator")]);
        grid.Lines.ShouldContain(line => line.StartsWith("  reason   INVALID: "));
        grid.Lines.ShouldNotContain(line => line.StartsWith("How is the Kubernetes cluster"), "nobody asked");
    }

    [Theory]
    [InlineData("How is the Kubernetes cluster backed up?", "kubernetes criteria", "hospital")]
    [InlineData("One cloud, or several?", "cloud criteria", "small-shop")]
    [InlineData("On which disks is telemetry?", "storage criteria", "grid-operator")]
    public async Task The_weights_on_the_screen_are_those_of_the_document(string question, string table, string sample)
    {
        var document = await File.ReadAllTextAsync(Repository.PathOf("docs", "PLANNING-DECISIONS.md"));
        var part = Regex.Match(document, $"<!-- {table}: .*?<!-- end -->", RegexOptions.Singleline).Value;
        var documented = Regex.Matches(part, @"^\| (?<name>[a-z ]+) \| (?<weight>[0-9.]+ %) \|", RegexOptions.Multiline)
            .Select(row => (row.Groups["name"].Value, row.Groups["weight"].Value)).ToList();
        var run = await _shell.RunSplitAsync(["plan", Sample(sample)]);
        var shown = run.Lines.SkipWhile(line => !line.StartsWith(question)).TakeWhile(line => line.Length > 0)
            .Select(line => Regex.Match(line, @"^  [A-Z]  (?<name>[a-z ]+?) +(?<weight>[0-9.]+ %) ")).Where(match => match.Success)
            .Select(match => (match.Groups["name"].Value, match.Groups["weight"].Value));

        documented.Count.ShouldBeGreaterThan(5);
        shown.ShouldBe(documented);
    }

    [Fact]
    public async Task Json_has_each_decision_whole()
    {
        var run = await _shell.RunSplitAsync(["plan", Sample("grid-operator"), "--json"]);
        using var json = JsonDocument.Parse(run.Out);
        var decisions = json.RootElement.GetProperty("decisions");

        decisions.GetProperty("kubernetes").ValueKind.ShouldBe(JsonValueKind.Null);
        var cloud = decisions.GetProperty("cloud");
        cloud.GetProperty("reasons").EnumerateArray().ShouldContain(reason => !reason.GetProperty("valid").GetBoolean());
        cloud.GetProperty("figures").GetArrayLength().ShouldBe(4);
        var storage = decisions.GetProperty("storage").EnumerateArray().ShouldHaveSingleItem();
        storage.GetProperty("store").GetString().ShouldBe("telemetry");
        storage.GetProperty("figures").GetArrayLength().ShouldBe(6);
        foreach (var decision in (JsonElement[])[cloud, storage])
        {
            var criteria = decision.GetProperty("criteria").EnumerateArray().ToList();
            criteria.Sum(criterion => criterion.GetProperty("weight").GetDouble()).ShouldBe(1, 1e-9);
            foreach (var option in decision.GetProperty("options").EnumerateArray())
            {
                var points = option.GetProperty("scores").EnumerateArray().Select(score => score.GetProperty("points").GetInt32());
                var total = criteria.Zip(points, (criterion, point) => criterion.GetProperty("weight").GetDouble() * point).Sum();
                option.GetProperty("total").GetDouble().ShouldBe(total, 1e-6);
            }
        }

        var facts = json.RootElement.GetProperty("facts").EnumerateArray().ToList();
        facts.ShouldContain(fact => fact.GetProperty("origin").GetString() == "planning.storage.ceph-hosts" && fact.GetProperty("value").GetDouble() == 8);
    }

    [Fact]
    public async Task Facts_lists_what_a_decision_was_made_from()
    {
        var run = await _shell.RunSplitAsync(["plan", Sample("small-shop"), "--facts"]);

        run.Lines.ShouldContain(line => line.StartsWith("cloud ") && line.Contains("planning.cloud.team-size") && line.Contains("declared"));
        run.Lines.ShouldContain(line => line.StartsWith("cloud ") && line.Contains("assumed"));
    }

    [Fact]
    public async Task A_store_by_itself_has_its_own_disks_and_not_the_question_of_clouds()
    {
        (await _shell.RunSplitAsync(["plan", Sample("grid-operator"), "--store", "telemetry"])).Out.ShouldContain("On which disks is telemetry?");
        var other = await _shell.RunSplitAsync(["plan", Sample("grid-operator"), "--store", "sessions"]);
        other.Out.ShouldNotContain("On which disks");
        other.Out.ShouldNotContain("One cloud");
    }

    [Fact]
    public async Task A_decision_that_cannot_be_had_says_so_and_fails_no_check()
    {
        var file = Path.Combine(_folder, "plan.yaml");
        await File.WriteAllTextAsync(file, """
            system: s
            sites: { a: {} }
            planning:
              stores: { orders: { class: relational, objectives: { host-loss: { rpo: 0s, rto: 5s } } } }
              cloud: { required-availability: 0.99999 }
            """);
        var run = await _shell.RunSplitAsync(["plan", file, "--check"]);

        run.Code.ShouldBe(0, run.Out + run.Error);
        run.Lines.ShouldContain(line => line.StartsWith("One cloud, or several? none can be had; nearest: ") && line.EndsWith(" NONE"));
        run.Out.ShouldContain("would need: ");
    }

    [Fact]
    public void The_page_has_a_section_for_each_decision_with_every_option_and_weight()
    {
        var plan = Planner.Plan(Plans.Facts with { Decisions = Asked });
        var page = XDocument.Parse(PlanPage.Render(plan, new DateTimeOffset(2026, 7, 1, 12, 30, 0, TimeSpan.Zero)));
        var sections = page.Descendants(Html + "section").Where(section => section.Attribute("id") is not null)
            .ToDictionary(section => section.Attribute("id")!.Value);
        (string Id, ScoredDecision Decision)[] decisions =
        [
            ("kubernetes-backup", plan.Decisions.Kubernetes!.Decision), ("clouds", plan.Decisions.Cloud!.Decision),
            ("storage-1", plan.Decisions.Storage.ShouldHaveSingleItem().Decision),
        ];
        foreach (var (id, decision) in decisions)
        {
            var rows = sections[id].Descendants(Html + "tr").Select(row => row.Elements().Select(cell => cell.Value).ToList()).ToList();
            foreach (var option in decision.Options)
            {
                rows.ShouldContain(row => row[0] == option.Name && row[1] == QuantityText.Digits(decision.Total(option))
                    && row.Skip(2).Take(option.Scores.Length).SequenceEqual(
                        option.Scores.Select(score => score.Points.ToString(CultureInfo.InvariantCulture))));
            }

            foreach (var criterion in decision.Criteria)
            {
                rows.ShouldContain(row => row[0] == criterion.Name && row[1] == QuantityText.Percent(criterion.Weight));
            }
        }

        page.Descendants().Attributes("href").Select(link => link.Value).ShouldContain("#storage-1");
        page.Descendants().Attributes("id").Select(id => id.Value).ShouldBeUnique();
        foreach (var item in plan.Decisions.Kubernetes!.Inventory)
        {
            sections["kubernetes-backup"].Value.ShouldContain(item.What);
        }

        sections["clouds"].Value.ShouldContain("INVALID");
        sections["clouds"].Value.ShouldContain("NONE");
    }

    private static string Sample(string name) => Repository.PathOf("samples", "plans", $"{name}.yaml");
}
