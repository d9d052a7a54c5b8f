using System.Diagnostics;
using System.Text.Json;
using Holdfast.Harness.Files;
using Holdfast.Harness.Members;
using Holdfast.Harness.Sites;

namespace Holdfast.Lab.Tests.Runs;

/// <summary>The program itself, with real hosts.</summary>
public sealed class RealRunTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task One_site_of_three_members_survives_what_a_seed_brings()
    {
        Assert.SkipWhen(OwnNetwork.WhyNot is not null, OwnNetwork.WhyNot ?? "");
        using var folder = new TemporaryFolder("labtest");
        var report = folder.File("report.json");
        string[] command =
        [
            .. OwnNetwork.Anew, HoldfastProgram.Command.File, Path.Combine(AppContext.BaseDirectory, "Holdfast.Lab.dll"), "--seed", "5", "--faults", "2", "--only",
            "process-crash,host-crash,host-cut", "--json", report, Repository.PathOf("examples/lab-one-site.yaml"),
        ];
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var program = Process.Start(start)!;
        var (output, errors) = (program.StandardOutput.ReadToEndAsync(), program.StandardError.ReadToEndAsync());
        try
        {
            await program.WaitForExitAsync().WaitAsync(Limit);
        }
        finally
        {
            program.Kill(entireProcessTree: true);
        }

        program.ExitCode.ShouldBe(0, $"{await output}\n{await errors}");
        (await output).ShouldContain("nothing was violated");
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(report));
        json.RootElement.GetProperty("passed").GetBoolean().ShouldBeTrue();
        json.RootElement.GetProperty("acknowledged").GetInt32().ShouldBeGreaterThan(100);
        json.RootElement.GetProperty("faults").GetArrayLength().ShouldBe(2);
        json.RootElement.GetProperty("faults").EnumerateArray().ShouldAllBe(fault => fault.GetProperty("targets").GetString()!.Length > 0);
    }
}
