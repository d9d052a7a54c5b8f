using System.Text.Json.Nodes;
using System.Xml.Linq;
using Holdfast.FailoverBench.Cost;
using Holdfast.FailoverBench.Faults;
using Holdfast.FailoverBench.Footprint;
using Holdfast.FailoverBench.Reporting;
using Holdfast.FailoverBench.Systems;

namespace Holdfast.FailoverBench.Tests;

public class ReportTests
{
    private static readonly Machine Here = new("2026-01-31", "Processor <A&B>", 2, 24, "6.1", 0.5, [("PostgreSQL", "15.1")]);

    private static FaultOutcome Outcome(string system, int round, double? outage, long? lost = 0) => new()
    {
        System = system,
        Fault = FaultKinds.HostCrash,
        Round = round,
        OutageSeconds = outage,
        Acknowledged = 1_000_000,
        Lost = lost,
        ByFormerPrimary = 0,
        HealthyAfterSeconds = outage,
        Problems = outage is null ? ["the client had not gone on"] : [],
    };

    private static CostSample Sample(string system, int round, double rate) => new(system, Pgbench.Insert, round, rate, 1000 / rate, 2000 / rate);

    private static Report Of(IEnumerable<FaultOutcome> outcomes, params CostSample[] costs) => new(
        StoreKind.PostgreSql, Here, 3, [.. SystemCatalogue.Keys.Select(key => (key, $"settings of {key}"))], FaultKinds.Keys, [.. outcomes],
        [.. SystemCatalogue.Keys.Select(key => new AgentFootprint(key, 0.5, 80, 60, 1))], [.. costs], [], [], 0.7);

    private static Report Full() => Of(
        from key in SystemCatalogue.Keys
        from round in Enumerable.Range(1, 3)
        select Outcome(key, round, key == SystemCatalogue.AutoFailover ? null : key == SystemCatalogue.Patroni ? 23.4 : 0.9),
        [.. SystemCatalogue.WithCost.SelectMany(key => Enumerable.Range(1, 3).Select(round => Sample(key, round, 1000 + round)))]);

    [Fact]
    public void An_outage_is_the_median_of_the_rounds() =>
        Of([Outcome("holdfast", 1, 5), Outcome("holdfast", 2, 1), Outcome("holdfast", 3, 2)]).Outage("holdfast", FaultKinds.HostCrash).ShouldBe(2);

    [Fact]
    public void A_client_that_did_not_come_back_makes_the_median_no_better() =>
        Of([Outcome("patroni", 1, null), Outcome("patroni", 2, 1), Outcome("patroni", 3, null)])
            .Outage("patroni", FaultKinds.HostCrash).ShouldBe(double.PositiveInfinity);

    [Fact]
    public void A_refused_switchover_is_no_outage() =>
        Of([Outcome("patroni", 1, 2), Outcome("patroni", 2, null) with { Exercised = false }])
            .Outage("patroni", FaultKinds.HostCrash).ShouldBe(2);

    [Fact]
    public void What_was_not_exercised_has_no_outage() => Full().Outage("holdfast", FaultKinds.Freeze).ShouldBeNull();

    [Fact]
    public void A_ratio_is_to_Holdfast() => Full().OutageRatio("patroni", FaultKinds.HostCrash)!.Value.ShouldBe(26, 0.01);

    [Fact]
    public void Losses_are_added_and_an_unknown_one_makes_the_sum_unknown()
    {
        Of([Outcome("patroni", 1, 1, 2), Outcome("patroni", 2, 1, 3)]).Lost("patroni").ShouldBe(5);
        Of([Outcome("patroni", 1, 1, 2), Outcome("patroni", 2, 1, null)]).Lost("patroni").ShouldBeNull();
    }

    [Fact]
    public void A_cost_is_compared_within_a_round() =>
        Of([], Sample("postgresql", 1, 100), Sample("holdfast", 1, 99), Sample("postgresql", 2, 1000), Sample("holdfast", 2, 970))
            .CostRatio("holdfast", Pgbench.Insert, sample => sample.Rate)!.Value.ShouldBe(0.98, 1e-9);

    [Fact]
    public void A_run_that_was_cut_short_says_so()
    {
        Full().IsWhole.ShouldBeTrue();
        var cut = Of([Outcome("holdfast", 1, 1)]);
        cut.IsWhole.ShouldBeFalse();
        TextTable.Write(cut).ShouldContain("at most 3 rounds");
    }

    [Fact]
    public void The_tables_are_at_most_a_hundred_columns_wide() =>
        TextTable.Write(Full()).Split('\n').Where(line => !line.StartsWith("PROBLEM", StringComparison.Ordinal) && line.Length > 100).ShouldBeEmpty();

    [Fact]
    public void A_peer_that_did_not_recover_is_in_every_report()
    {
        TextTable.Write(Full()).ShouldContain("> 120 s");
        Markdown.Write(Full()).ShouldContain("> 120 s");
        Chart.Write(Full()).ShouldContain("&gt; 120 s");
        Markdown.Write(Full()).ShouldContain("the client had not gone on");
    }

    [Fact]
    public void The_chart_is_well_formed_and_has_a_bar_for_each_system()
    {
        var bars = XDocument.Parse(Chart.Write(Full())).Descendants().Count(element => element.Name.LocalName == "rect");
        bars.ShouldBe(SystemCatalogue.Keys.Length + 1); // and the background
    }

    [Fact]
    public void The_report_for_programs_holds_every_measurement()
    {
        var report = JsonNode.Parse(JsonReport.Write(Full()))!;
        report["outcomes"]!.AsArray().Count.ShouldBe(21);
        report["costs"]!.AsArray().Count.ShouldBe(12);
        ((double)report["systems"]!["patroni"]!["host-crashSeconds"]!).ShouldBe(23.4);
        report["systems"]!["auto-failover"]!["host-crashSeconds"].ShouldBeNull();
    }
}
