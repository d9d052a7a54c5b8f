using System.Diagnostics;
using Holdfast.Harness.Files;
using Holdfast.Harness.Members;

namespace Holdfast.Gate.Tests.Texts;

/// <summary>What <c>holdfast haproxy</c> prints, judged by HAProxy itself; and how both verbs refuse what is wrong.</summary>
public sealed class HaproxyTests
{
    private const string Haproxy = "/usr/sbin/haproxy";

    private const string Text = """
        system: test
        coordination: { etcd: ["http://127.0.0.1:2379"] }
        sites: { fra: {}, ber: {} }
        stores:
          orders:
            kind: postgresql
            gate: { without-standby: POLICY, lag-bound: 1MiB, read-write: "0.0.0.0:5432" }
            members:
              m1: { site: fra, address: "127.0.0.1:7001", agent: "127.0.0.1:7101", data: /d/m1 }
              m2: { site: fra, address: "127.0.0.1:7002", agent: "127.0.0.1:7102", data: /d/m2 }
              m3: { site: ber, address: "127.0.0.1:7003", agent: "127.0.0.1:7103", data: /d/m3 }
        """;

    [Theory, InlineData("refuse"), InlineData("primary")]
    public async Task HAProxy_finds_no_fault_in_the_configuration(string policy)
    {
        Assert.SkipUnless(File.Exists(Haproxy), "haproxy is not installed: scripts/install-dependencies");
        using var folder = new TemporaryFolder("haproxy");
        var file = folder.File("holdfast.yaml");
        await File.WriteAllTextAsync(file, Text.Replace("POLICY", policy, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var printed = await HoldfastProgram.RunAsync(TimeSpan.FromSeconds(30), "haproxy", file);
        printed.ExitCode.ShouldBe(0, printed.Output);
        printed.Output.ShouldContain("uri /replica?lag=1048576\n");
        printed.Output.ShouldContain("    server m3 127.0.0.1:7003 check addr 127.0.0.1 port 7103\n");
        await File.WriteAllTextAsync(folder.File("haproxy.cfg"), printed.Output, TestContext.Current.CancellationToken);

        using var haproxy = Process.Start(new ProcessStartInfo(Haproxy, ["-c", "-f", folder.File("haproxy.cfg")])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var said = await haproxy.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken) +
            await haproxy.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await haproxy.WaitForExitAsync(TestContext.Current.CancellationToken);
        haproxy.ExitCode.ShouldBe(0, said);
        said.ShouldNotContain("WARNING");
    }

    [Theory]
    [InlineData("gate --check", "", 0, "read-write 0.0.0.0:5432")]
    [InlineData("gate", "--api 0.0.0.0:9000", 1, "loopback")]
    [InlineData("gate", "--api nonsense", 2, "--api 'nonsense' is not an address")]
    [InlineData("gate", "--store nobody", 2, "the stores are: orders")]
    [InlineData("gate", "--threads 0", 2, "from 1 to 64")]
    public async Task Bad_options_are_refused_in_one_line(string verb, string more, int code, string says)
    {
        using var folder = new TemporaryFolder("gate");
        var file = folder.File("holdfast.yaml");
        await File.WriteAllTextAsync(file, Text.Replace("POLICY", "refuse", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var outcome = await HoldfastProgram.RunAsync(
            TimeSpan.FromSeconds(30), [.. verb.Split(' '), file, .. more.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        outcome.ExitCode.ShouldBe(code, outcome.Output);
        outcome.Output.ShouldContain(says);
        if (code != 0)
        {
            outcome.Output.TrimEnd('\n').ShouldNotContain("\n");
        }
    }
}
