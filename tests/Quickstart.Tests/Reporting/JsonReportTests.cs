using System.Collections.Immutable;
using System.Text.Json;
using Holdfast.Quickstart.Faults;
using Holdfast.Quickstart.Faults.Sites;
using Holdfast.Quickstart.Reporting;
using Holdfast.Quickstart.Watching;

namespace Holdfast.Quickstart.Tests.Reporting;

public class JsonReportTests
{
    private static FaultResult Result(string fault, double outage, double? healthy = 3, long? lost = 0, params string[] problems) => new()
    {
        Fault = fault,
        OutageSeconds = outage,
        Acknowledged = 100,
        Lost = lost,
        HealthyAfterSeconds = healthy,
        UnprotectedMs = 0,
        Problems = [.. problems],
    };

    private static JsonElement Report(params FaultResult[][] rounds) => JsonDocument.Parse(JsonReport.Write(rounds)).RootElement;

    [Fact]
    public void One_round_has_one_entry_a_fault_with_the_named_figures_and_nothing_beside()
    {
        var report = Report([Result(ProcessCrash.Key, 0.51234), Result(Freeze.Key, 1.2, healthy: 2.5)]);
        report.EnumerateObject().Select(property => property.Name).ShouldBe(["faults"]);
        var first = report.GetProperty("faults")[0];
        first.GetProperty("fault").GetString().ShouldBe("process-crash");
        first.GetProperty("outageSeconds").GetDouble().ShouldBe(0.512);
        first.GetProperty("acknowledged").GetInt64().ShouldBe(100);
        first.GetProperty("lost").GetInt64().ShouldBe(0);
        first.GetProperty("healthyAfterSeconds").GetDouble().ShouldBe(3);
        report.GetProperty("faults")[1].GetProperty("fault").GetString().ShouldBe("freeze");
    }

    [Fact]
    public void Several_rounds_give_medians_of_times_and_sums_of_rows_and_each_round_itself()
    {
        var report = Report([Result(Freeze.Key, 1.0, lost: 0)], [Result(Freeze.Key, 9.0, lost: 2)], [Result(Freeze.Key, 1.4, lost: 0)]);
        var summary = report.GetProperty("faults")[0];
        summary.GetProperty("outageSeconds").GetDouble().ShouldBe(1.4);
        summary.GetProperty("acknowledged").GetInt64().ShouldBe(300);
        summary.GetProperty("lost").GetInt64().ShouldBe(2);
        var rounds = report.GetProperty("rounds");
        rounds.GetArrayLength().ShouldBe(3);
        rounds[1].GetProperty("faults")[0].GetProperty("outageSeconds").GetDouble().ShouldBe(9.0);
    }

    [Fact]
    public void What_could_not_be_measured_is_null_never_a_number()
    {
        var entry = Report([Result(HostCrash.Key, 60, healthy: null, lost: null, problems: "not healthy")]).GetProperty("faults")[0];
        entry.GetProperty("healthyAfterSeconds").ValueKind.ShouldBe(JsonValueKind.Null);
        entry.GetProperty("lost").ValueKind.ShouldBe(JsonValueKind.Null);
        entry.GetProperty("problems")[0].GetString().ShouldBe("not healthy");
    }

    [Fact]
    public void One_round_that_never_became_healthy_is_not_hidden_by_the_others()
    {
        var report = Report([Result(Freeze.Key, 1)], [Result(Freeze.Key, 1, healthy: null)], [Result(Freeze.Key, 1)]);
        report.GetProperty("faults")[0].GetProperty("healthyAfterSeconds").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public void A_change_of_primary_comes_with_its_rule_and_its_breakdown()
    {
        var change = new HistoryEntry { Epoch = 5, From = "a", To = "b", Rule = "R3", Reason = "elected", DetectedMs = 12.3456 };
        var entry = Report([Result(HostCrash.Key, 1) with { Change = change }]).GetProperty("faults")[0];
        entry.GetProperty("rule").GetString().ShouldBe("R3");
        entry.GetProperty("to").GetString().ShouldBe("b");
        entry.GetProperty("detectedMs").GetDouble().ShouldBe(12.346);
        entry.GetProperty("promotedMs").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public void Where_no_site_was_lost_or_moved_nothing_is_said_to_be_reported_or_verified()
    {
        var entry = Report([Result(Freeze.Key, 1)]).GetProperty("faults")[0];
        entry.GetProperty("reportedLost").ValueKind.ShouldBe(JsonValueKind.Null);
        entry.GetProperty("verified").ValueKind.ShouldBe(JsonValueKind.Null);
        entry.TryGetProperty("steps", out _).ShouldBeFalse();
    }

    [Fact]
    public void A_lost_site_comes_with_what_was_reported_and_a_move_with_its_steps_and_figures()
    {
        var entry = Report([Moved("done", reported: 7) with { Lost = 7 }]).GetProperty("faults")[0];
        entry.GetProperty("lost").GetInt64().ShouldBe(7);
        entry.GetProperty("reportedLost").GetInt64().ShouldBe(7);
        entry.GetProperty("verified").GetBoolean().ShouldBeTrue();
        entry.GetProperty("siteLeaseSeconds").GetDouble().ShouldBe(4);
        entry.GetProperty("from").GetString().ShouldBe("south");
        entry.GetProperty("steps")[1].GetProperty("step").GetString().ShouldBe("verify");
        entry.GetProperty("steps")[1].GetProperty("tookMs").GetInt64().ShouldBe(1200);
    }

    [Fact]
    public void The_second_store_has_figures_and_a_move_of_its_own_and_its_rounds_are_summed_up()
    {
        var second = new StoreResult("sessions", 2, 10, 3, 3, Moved("done", reported: 0).Move);
        var report = Report(
            [Moved("done", reported: 2) with { Second = second }], [Moved("done", reported: 3) with { Second = second with { OutageSeconds = 5, Lost = 1 } }]);
        var round = report.GetProperty("rounds")[0].GetProperty("faults")[0].GetProperty("sessions");
        round.GetProperty("lost").GetInt64().ShouldBe(3);
        round.GetProperty("kind").GetString().ShouldBe("failover");
        var summary = report.GetProperty("faults")[0].GetProperty("sessions");
        summary.GetProperty("outageSeconds").GetDouble().ShouldBe(5);
        summary.GetProperty("lost").GetInt64().ShouldBe(4);
        Report([Result(Freeze.Key, 1)]).GetProperty("faults")[0].TryGetProperty("sessions", out _).ShouldBeFalse();
    }

    [Fact]
    public void One_round_that_was_not_verified_is_not_hidden_by_the_others()
    {
        var report = Report([Moved("done", reported: 2)], [Moved("failed", reported: 3)]);
        report.GetProperty("faults")[0].GetProperty("verified").GetBoolean().ShouldBeFalse();
        report.GetProperty("faults")[0].GetProperty("reportedLost").GetInt64().ShouldBe(5);
        report.GetProperty("rounds")[0].GetProperty("faults")[0].GetProperty("verified").GetBoolean().ShouldBeTrue();
    }

    private static FaultResult Moved(string verify, long reported)
    {
        var move = new AgentMove(
            "1", "failover", "south", "north", "done", null,
            [new AgentStep("take", "done", 12, null), new AgentStep("verify", verify, 1200, "equal")]);
        return Result(SiteDisaster.Key, 5) with
        {
            ReportedLost = reported,
            Verified = move.Verified,
            Move = move,
            Figures = ImmutableSortedDictionary<string, double>.Empty.Add("siteLeaseSeconds", 4),
        };
    }
}
