using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Holdfast.Agent.Tests.Api;

public sealed partial class MetricsTests
{
    [Fact]
    public async Task Every_line_is_of_the_text_format_and_every_sample_belongs_to_the_family_before_it()
    {
        using var meter = new Meter("Holdfast");
        meter.CreateCounter<long>("holdfast.decisions", description: "Decisions\nmade \\ taken").Add(3, new KeyValuePair<string, object?>("rule", "R\"1\"\\\n"));
        await using var api = await RunningApi.StartAsync();
        Families(await TextAsync(api)).Count.ShouldBeGreaterThan(20);
    }

    [Fact]
    public async Task The_picture_of_the_group_is_there()
    {
        await using var api = await RunningApi.StartAsync("orders-fra-2");
        var samples = Samples(await TextAsync(api));
        const string Who = "system=\"grid-control\",store=\"orders\",site=\"fra\",member=\"orders-fra-2\"";
        foreach (var (name, value) in new Dictionary<string, double>
        {
            [$"holdfast_up{{{Who}}}"] = 1,
            [$"holdfast_role{{{Who},role=\"standby\"}}"] = 1,
            [$"holdfast_role{{{Who},role=\"primary\"}}"] = 0,
            [$"holdfast_epoch{{{Who}}}"] = 7,
            [$"holdfast_timeline{{{Who}}}"] = 3,
            [$"holdfast_lsn_bytes{{{Who}}}"] = 0x5000148,
            [$"holdfast_lag_bytes{{{Who}}}"] = 0,
            [$"holdfast_safe_to_lose_host{{{Who}}}"] = 1,
            [$"holdfast_unprotected{{{Who}}}"] = 0,
            [$"holdfast_coordination_reachable{{{Who}}}"] = 1,
            [$"holdfast_paused{{{Who}}}"] = 0,
            [$"holdfast_candidates{{{Who}}}"] = 1,
            [$"holdfast_acks{{{Who}}}"] = 1,
        })
        {
            samples.ShouldContainKey(name);
            samples[name].ShouldBe(value, name);
        }

        samples["process_cpu_seconds_total"].ShouldBeGreaterThan(0);
        samples["process_resident_memory_bytes"].ShouldBeGreaterThan(1_000_000);
    }

    [Fact]
    public async Task What_is_not_known_has_no_sample()
    {
        await using var api = await RunningApi.StartAsync("orders-fra-2");
        api.Control.Status = api.Control.Status.With("orders-fra-2", self => self with { Lsn = null, LagBytes = null, Timeline = null, State = "stopped", Healthy = false });
        var samples = Samples(await TextAsync(api));
        samples.Keys.ShouldNotContain(name => name.StartsWith("holdfast_lag_bytes", StringComparison.Ordinal));
        samples.Keys.ShouldNotContain(name => name.StartsWith("holdfast_lsn_bytes", StringComparison.Ordinal));
        samples.Single(sample => sample.Key.StartsWith("holdfast_up{", StringComparison.Ordinal)).Value.ShouldBe(0);
    }

    [Fact]
    public async Task Instruments_of_the_meter_Holdfast_appear_by_themselves_and_others_do_not()
    {
        using var meter = new Meter("Holdfast");
        using var foreign = new Meter("Other");
        var before = meter.CreateHistogram<double>("holdfast.test.lateness", "s", "How late the loop was.");
        await using var api = await RunningApi.StartAsync();
        var after = meter.CreateCounter<int>("holdfast.test.renewals", description: "Renewals.");
        var level = meter.CreateUpDownCounter<long>("test.open.sessions");
        meter.CreateObservableGauge("holdfast.test.disk", () => new Measurement<long>(42, new KeyValuePair<string, object?>("disk.name", "a")), "By");
        foreign.CreateCounter<long>("holdfast.foreign").Add(1);
        before.Record(0.0005);
        before.Record(0.05);
        before.Record(99);
        after.Add(2);
        after.Add(3);
        level.Add(5);
        level.Add(-4);

        var text = await TextAsync(api);
        var samples = Samples(text);
        samples["holdfast_test_lateness_seconds_bucket{le=\"0.001\"}"].ShouldBe(1);
        samples["holdfast_test_lateness_seconds_bucket{le=\"0.05\"}"].ShouldBe(2);
        samples["holdfast_test_lateness_seconds_bucket{le=\"+Inf\"}"].ShouldBe(3);
        samples["holdfast_test_lateness_seconds_count"].ShouldBe(3);
        samples["holdfast_test_lateness_seconds_sum"].ShouldBe(99.0505, 1e-9);
        samples["holdfast_test_renewals_total"].ShouldBe(5);
        samples["holdfast_test_open_sessions"].ShouldBe(1);
        samples["holdfast_test_disk_bytes{disk_name=\"a\"}"].ShouldBe(42);
        text.ShouldNotContain("foreign");
    }

    [Fact]
    public async Task A_tag_of_endless_values_does_not_grow_without_bound()
    {
        using var meter = new Meter("Holdfast");
        await using var api = await RunningApi.StartAsync();
        var counter = meter.CreateCounter<long>("holdfast.test.endless");
        for (var value = 0; value < 1000; value++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("id", value));
        }

        var series = Samples(await TextAsync(api)).Where(sample => sample.Key.StartsWith("holdfast_test_endless", StringComparison.Ordinal)).ToList();
        series.Count.ShouldBeLessThanOrEqualTo(201);
        series.Sum(sample => sample.Value).ShouldBe(1000);
    }

    private static async Task<string> TextAsync(RunningApi api)
    {
        using var answer = await api.Client.GetAsync("/metrics", TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    // A reader of the exposition format: names, escapes, one family at a time, no sample twice.
    private static HashSet<string> Families(string text)
    {
        text.ShouldEndWith("\n");
        var families = new HashSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var (family, type, helped) = ("", "", "");
        foreach (var line in text[..^1].Split('\n'))
        {
            if (Help().Match(line) is { Success: true } help)
            {
                helped = help.Groups[1].Value;
            }
            else if (TypeLine().Match(line) is { Success: true } typeLine)
            {
                (family, type) = (typeLine.Groups[1].Value, typeLine.Groups[2].Value);
                helped.ShouldBe(family, line);
                families.Add(family).ShouldBeTrue($"{family} appears twice");
            }
            else
            {
                var sample = Sample().Match(line);
                sample.Success.ShouldBeTrue($"not of the format: {line}");
                var name = sample.Groups[1].Value;
                var belongs = name == family || (type == "histogram" && name is var part && (part == family + "_bucket" || part == family + "_sum" || part == family + "_count"));
                belongs.ShouldBeTrue($"{name} is not of family {family}");
                seen.Add(name + sample.Groups[2].Value).ShouldBeTrue($"twice: {line}");
                (type == "counter").ShouldBe(name.EndsWith("_total", StringComparison.Ordinal), line);
            }
        }

        return families;
    }

    private static Dictionary<string, double> Samples(string text)
    {
        Families(text);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#').ToDictionary(
            line => line[..line.LastIndexOf(' ')],
            line => line[(line.LastIndexOf(' ') + 1)..] is "+Inf" ? double.PositiveInfinity : double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture),
            StringComparer.Ordinal);
    }

    [GeneratedRegex(@"^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (?:[^\\]|\\\\|\\n)*$")]
    private static partial Regex Help();
    [GeneratedRegex(@"^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (gauge|counter|histogram)$")]
    private static partial Regex TypeLine();
    [GeneratedRegex("""^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\\\|\\"|\\n)*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\\\|\\"|\\n)*")*\})? (?:[-+]?[0-9.]+(?:E[-+]?[0-9]+)?|[-+]Inf|NaN)$""")]
    private static partial Regex Sample();
}
