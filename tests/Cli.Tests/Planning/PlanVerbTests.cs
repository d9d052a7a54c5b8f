using System.Text.Json;
using Holdfast.Agent.Tests.Api;

namespace Holdfast.Cli.Tests.Planning;

/// <summary><c>holdfast plan</c> as a person meets it.</summary>
public sealed class PlanVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast-plan-").FullName;
    private readonly Shell _shell = new(SampleGroup.System());

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(60, "hospital", "hospital-group")]
    [InlineData(80, "hospital", "hospital-group")]
    [InlineData(80, "grid-operator", "grid-control")]
    [InlineData(80, "small-shop", "small-shop")]
    [InlineData(100, "hospital", "hospital-group")]
    public async Task Each_line_fits_the_screen_and_the_verdict_comes_first(int width, string sample, string system)
    {
        _shell.Width = width;
        var run = await _shell.RunSplitAsync(["plan", Sample(sample), "--compare"]);

        run.Code.ShouldBe(0, run.Error);
        run.Lines.First().ShouldStartWith($"{system}: ");
        if (width >= 80)
        {
            run.Lines.ShouldAllBe(line => line.Length <= width);
            (await _shell.RunSplitAsync(["plan", Sample(sample)])).Lines.ShouldAllBe(line => line.Length <= width);
            (await _shell.RunSplitAsync(["plan", Sample(sample), "--facts"])).Lines.ShouldAllBe(line => line.Length <= width);
        }

        run.Out.ShouldContain("→");
    }

    [Fact]
    public async Task A_missed_objective_fails_a_check_and_names_what_would_have_to_change()
    {
        var run = await _shell.RunAsync("plan --site-rpo 0s --distance 3000km --witness --check");

        run.Code.ShouldBe(1, run.Error);
        run.Lines.First().ShouldBe("planned: MISSED: data misses an objective");
        run.Out.ShouldContain("change");
        run.Out.ShouldContain("km of fibre");
        (await _shell.RunAsync("plan --site-rpo 0s --distance 3000km --witness")).Code.ShouldBe(0, "without --check a plan is a plan");
    }

    [Fact]
    public async Task From_two_numbers_to_a_pattern()
    {
        var run = await _shell.RunAsync("plan --site-rpo 0s --site-rto 1m --distance 80km --witness --automatic --check");

        run.Code.ShouldBe(0, run.Out + run.Error);
        run.Out.ShouldContain("stretched quorum, hot");
    }

    [Fact]
    public async Task What_is_asked_for_the_only_site_is_answered()
    {
        var missed = await _shell.RunAsync("plan --distance none --site-rpo 1m --site-rto 8h --check");
        (missed.Code, missed.Lines.First()).ShouldBe((1, "planned: MISSED: data misses an objective"));
        missed.Out.ShouldContain("planning.backup.off-site: true");
        (await _shell.RunAsync("plan --distance none --site-rpo 1m --site-rto 8h --off-site --check")).Code.ShouldBe(0);
        (await _shell.RunAsync("plan --distance none --check")).Code.ShouldBe(0, "nothing is asked for it");
    }

    [Fact]
    public async Task The_example_of_two_sites_meets_what_it_demands()
    {
        var run = await _shell.RunSplitAsync(["plan", Repository.PathOf("examples", "two-sites.yaml"), "--check"]);
        run.Code.ShouldBe(0, run.Out + run.Error);
    }

    [Fact]
    public async Task A_check_that_fails_says_why_beside_numbers_too()
    {
        var run = await _shell.RunAsync("plan --site-rpo 0s --distance 3000km --check --facts");
        (run.Code, run.Error).ShouldBe((1, "holdfast: data: MISSED: site\n"));
    }

    [Fact]
    public async Task What_the_product_cannot_do_has_no_figures()
    {
        using var json = JsonDocument.Parse((await _shell.RunAsync("plan --class cache --json")).Out);
        var rungs = json.RootElement.GetProperty("stores")[0].GetProperty("ladder").EnumerateArray().ToList();
        var final = rungs.Where(rung => rung.GetProperty("gates").EnumerateArray().Any(gate => gate.GetProperty("final").GetBoolean())).ToList();

        final.ShouldNotBeEmpty();
        final.ShouldAllBe(rung => rung.GetProperty("costs").ValueKind == JsonValueKind.Null && rung.GetProperty("commitSeconds").ValueKind == JsonValueKind.Null);
        rungs.Except(final).ShouldAllBe(rung => rung.GetProperty("costs").ValueKind == JsonValueKind.Object);
    }

    [Fact]
    public async Task A_store_that_may_lose_something_with_a_host_is_said_to_go_by_a_lease()
    {
        var run = await _shell.RunAsync("plan --host-rpo 1m --host-rto 1m --distance none");
        run.Out.ShouldContain("leased");
        string.Join(' ', run.Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ShouldContain("it waits for no other member");
    }

    [Fact]
    public async Task Json_has_the_plan_the_patterns_and_every_number_with_its_source()
    {
        var run = await _shell.RunSplitAsync(["plan", Sample("grid-operator"), "--json"]);

        run.Code.ShouldBe(0, run.Error);
        using var json = JsonDocument.Parse(run.Out);
        var stores = json.RootElement.GetProperty("stores").EnumerateArray().ToList();
        stores.Select(store => store.GetProperty("name").GetString()).ShouldBe(["telemetry", "sessions", "cluster"]);
        stores.ShouldAllBe(store => store.GetProperty("ladder").GetArrayLength() == 6);
        var facts = json.RootElement.GetProperty("facts").EnumerateArray().ToList();
        facts.Count.ShouldBeGreaterThan(60);
        facts.ShouldAllBe(fact => fact.GetProperty("origin").GetString()!.Length > 0);
    }

    [Fact]
    public async Task Facts_lists_numbers_with_their_sources()
    {
        var run = await _shell.RunSplitAsync(["plan", Sample("small-shop"), "--facts"]);

        run.Lines.ShouldContain(line => line.Contains("planning.stores.shop.damage") && line.Contains("declared"));
        run.Lines.ShouldContain(line => line.Contains("assumed"));
        run.Out.ShouldNotContain("…", customMessage: "a source that is cut off says nothing");
    }

    [Fact]
    public async Task A_store_can_be_picked_and_a_wrong_one_is_named()
    {
        (await _shell.RunSplitAsync(["plan", Sample("grid-operator"), "--store", "sessions"])).Out.ShouldNotContain("telemetry");
        var wrong = await _shell.RunSplitAsync(["plan", Sample("grid-operator"), "--store", "orders"]);

        (wrong.Code, wrong.Error).ShouldBe((2, "holdfast: there is no store 'orders'; the stores are: telemetry, sessions, cluster\n"));
    }

    [Theory]
    [InlineData("plan --distance far", "--distance: 'far' is not a route length; write for example 550km")]
    [InlineData("plan --size 5 --distance 9km", "--size: '5' is not a number of bytes")]
    [InlineData("plan --host-rpo 0", "--host-rpo: '0' is not a duration; add the unit: 0ms, 0s, 0m or 0h")]
    [InlineData("plan FILE --distance 9km", "name a file, or give flags or --interview, not both")]
    [InlineData("plan FILE --save x.yaml", "--save writes what flags or --interview said")]
    [InlineData("plan --distance 9km --json --facts", "--json has all of it")]
    [InlineData("plan --distance none --witness --automatic", "--witness and --automatic are about another site, and '--distance none' says that there is none")]
    [InlineData("plan --distance none --bandwidth 1MB", "--bandwidth is about another site")]
    [InlineData("plan --distance 9km --connections 0", "--connections: without connections there are no commits")]
    [InlineData("plan --distance 9km --commit-budget 0s", "--commit-budget: no commit takes no time at all")]
    public async Task What_is_wrong_is_said_by_its_flag(string commandLine, string message)
    {
        var run = await _shell.RunAsync(commandLine.Replace("FILE", Sample("small-shop")));

        run.Code.ShouldBe(2);
        run.Error.ShouldContain(message);
        run.Out.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_with_errors_is_refused_with_all_of_them()
    {
        var file = Path.Combine(_folder, "wrong.yaml");
        await File.WriteAllTextAsync(file, "system: s\nsites: { a: {} }\nplanning:\n  stores:\n    x: { clas: cache }\n");
        var run = await _shell.RunSplitAsync(["plan", file]);

        run.Code.ShouldBe(1);
        run.Error.ShouldContain($"holdfast: {file}: 5:10  planning.stores.x.clas  'clas' is not a key here; did you mean 'class'?\n");
        run.Error.ShouldContain("planning.stores.x.objectives  nothing is demanded of it");
    }

    [Fact]
    public async Task The_interview_asks_again_where_an_answer_cannot_be_and_keeps_the_answers()
    {
        var saved = Path.Combine(_folder, "plan.yaml");
        // Class, distance, host rpo (wrong first), host rto, site rpo, site rto, and the rest as usual; then witness, automatic, off-site.
        _shell.Typed = "\n60km\nfive\n0s\n2s\n0s\n1m\n\n\n\n\n\n\n\nmaybe\ny\ny\nn\n";
        var run = await _shell.RunSplitAsync(["plan", "--interview", "--save", saved]);

        run.Code.ShouldBe(0, run.Error);
        run.Out.ShouldContain("'five' is not a duration");
        run.Out.ShouldContain("answer y or n");
        run.Out.ShouldContain("stretched quorum, hot");
        var again = await _shell.RunSplitAsync(["plan", saved, "--check"]);
        again.Code.ShouldBe(0, again.Error);
        run.Out.ShouldEndWith(again.Out);
        (await _shell.RunSplitAsync(["plan", "--distance", "9km", "--save", saved])).Error.ShouldContain("cannot be written");
    }

    [Fact]
    public async Task An_interview_that_ends_in_the_middle_plans_nothing()
    {
        _shell.Typed = "\n\n0s\n";
        var run = await _shell.RunSplitAsync(["plan", "--interview"]);

        (run.Code, run.Error).ShouldBe((1, "holdfast: the answers ended in the middle of the interview; nothing was planned\n"));
    }

    [Fact]
    public async Task A_page_is_written_beside_the_plan()
    {
        var page = Path.Combine(_folder, "plan.html");
        var run = await _shell.RunSplitAsync(["plan", Sample("hospital"), "--html", page]);

        run.Code.ShouldBe(0, run.Error);
        (await File.ReadAllTextAsync(page)).ShouldContain("hospital-group");
        (await _shell.RunSplitAsync(["plan", Sample("hospital"), "--html", Path.Combine(_folder, "no", "where.html")])).Code.ShouldBe(1);
    }

    private static string Sample(string name) => Repository.PathOf("samples", "plans", $"{name}.yaml");
}
