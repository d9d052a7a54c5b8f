using System.Diagnostics;
using System.Text.Json;
using Holdfast.Quickstart.Faults;
using Holdfast.Quickstart.Faults.Sites;

namespace Holdfast.Quickstart.Tests.EndToEnd;

/// <summary>Runs <c>./quickstart</c> itself. Where it is, is in the variable HOLDFAST_QUICKSTART, which <c>./test</c> sets.</summary>
[Trait("Speed", "Slow")]
public sealed class QuickstartRunTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);
    private readonly string _folder = Directory.CreateTempSubdirectory("q-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task All_ten_faults_pass_and_lose_nothing_but_what_is_reported()
    {
        var faults = await ReportAsync("--coordination-loss-seconds", "8", "--link-cut-seconds", "8");
        faults.Select(Name).ShouldBe(FaultCatalogue.Names);
        faults.Where(fault => Name(fault) != SiteDisaster.Key).ShouldAllBe(fault => fault.GetProperty("lost").GetInt64() == 0);
        var disaster = faults.Single(fault => Name(fault) == SiteDisaster.Key);
        disaster.GetProperty("lost").GetInt64().ShouldBePositive("the link was silent before the site was lost");
        disaster.GetProperty("reportedLost").GetInt64().ShouldBe(disaster.GetProperty("lost").GetInt64());
        CheckAll(faults);
        CheckSessions(faults);
    }

    /// <summary>The second store goes with the first, in one command, and what only the lost site had is reported, but what no log had yet.</summary>
    private static void CheckSessions(JsonElement[] faults)
    {
        var sessions = faults.Where(fault => SiteFaultCatalogue.Names.Contains(Name(fault)!)).ToDictionary(fault => Name(fault)!, fault => fault.GetProperty("sessions"));
        sessions.Keys.ShouldBe(SiteFaultCatalogue.Names, ignoreOrder: true);
        sessions.Values.ShouldAllBe(store => store.GetProperty("acknowledged").GetInt64() > 0);
        sessions.Where(pair => pair.Key != SiteDisaster.Key).ShouldAllBe(pair => pair.Value.GetProperty("lost").GetInt64() == 0);
        foreach (var (fault, kind) in new[] { (SiteSwitchover.Key, "switchover"), (SiteDisaster.Key, "failover"), (SiteFailback.Key, "failback") })
        {
            sessions[fault].GetProperty("kind").GetString().ShouldBe(kind);
            sessions[fault].GetProperty("to").GetString().ShouldBe(faults.Single(one => Name(one) == fault).GetProperty("to").GetString());
        }

        var lost = sessions[SiteDisaster.Key].GetProperty("lost").GetInt64();
        lost.ShouldBePositive("the link was silent before the site was lost");
        var inNoLog = (long)faults.Single(fault => Name(fault) == SiteDisaster.Key).GetProperty("keysInNoLog").GetDouble();
        (sessions[SiteDisaster.Key].GetProperty("reportedLost").GetInt64() + inNoLog).ShouldBe(lost);
    }

    private static void CheckAll(JsonElement[] faults)
    {
        faults.Where(fault => Name(fault) is SiteSwitchover.Key or SiteDisaster.Key or SiteFailback.Key)
            .ShouldAllBe(fault => fault.GetProperty("verified").GetBoolean());
        faults.ShouldAllBe(fault => fault.GetProperty("acknowledged").GetInt64() > 0);
        faults.ShouldAllBe(fault => fault.GetProperty("healthyAfterSeconds").GetDouble() > 0);
        faults.Where(fault => FaultCatalogue.OfOneSite.Contains(Name(fault)!))
            .ShouldAllBe(fault => fault.GetProperty("unprotectedMs").GetDouble() == 0);
    }

    private async Task<JsonElement[]> ReportAsync(params string[] further)
    {
        var script = Environment.GetEnvironmentVariable("HOLDFAST_QUICKSTART");
        Assert.SkipWhen(script is null, "HOLDFAST_QUICKSTART does not say where ./quickstart is; ./test sets it");
        var report = Path.Combine(_folder, "report.json");
        var temporary = Directory.CreateDirectory(Path.Combine(_folder, "t")).FullName;
        File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(temporary, (UnixFileMode)0b111_111_111);

        var (code, output) = await RunAsync(script!, temporary, ["--json", report, .. further]);

        code.ShouldBe(0, output);
        // The build's own programs leave pipes and caches behind; ours must leave nothing.
        Directory.GetFileSystemEntries(temporary, "holdfast*").ShouldBeEmpty();
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(report));
        return [.. json.RootElement.GetProperty("faults").EnumerateArray().Select(fault => fault.Clone())];
    }

    private static string? Name(JsonElement fault) => fault.GetProperty("fault").GetString();

    private static async Task<(int Code, string Output)> RunAsync(string script, string temporary, params string[] arguments)
    {
        var start = new ProcessStartInfo(script, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TMPDIR"] = temporary;
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                // In good order, so that it ends what it has started.
                using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"])!;
                process.WaitForExit(TimeSpan.FromSeconds(30));
            }
        }
    }
}
