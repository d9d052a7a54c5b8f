using System.Diagnostics;
using Holdfast.Agent.Tests.Api;

namespace Holdfast.Cli.Tests;

public sealed class CompletionTests
{
    [Fact]
    public async Task The_bash_script_is_right_and_completes_what_the_program_suggests()
    {
        var script = (await new Shell(SampleGroup.System()).RunAsync("completion bash")).Out;
        (await BashAsync(["-n"], script)).ShouldBe("");

        // The program is replaced by one that suggests, whatever it is asked; the rest is the script's own work.
        var asked = script + """

            holdfast() { printf '%s\n' switchover status "asked:$1:$2"; }
            COMP_WORDS=(holdfast sw) COMP_CWORD=1 COMP_LINE='holdfast sw --yes' COMP_POINT=11
            _holdfast
            printf '%s;' "${COMPREPLY[@]}"
            COMP_WORDS=(holdfast '') COMP_CWORD=1 COMP_LINE='holdfast ' COMP_POINT=9
            _holdfast
            printf '%s;' "${COMPREPLY[@]}"
            complete -p holdfast
            """;
        var output = await BashAsync([], asked);
        output.ShouldStartWith("switchover;switchover;status;asked:[suggest:9]:holdfast ;");
        output.ShouldContain("-F _holdfast holdfast");
    }

    [Theory]
    [InlineData("zsh", "#compdef holdfast"), InlineData("fish", "complete -c holdfast")]
    public async Task There_are_scripts_for_zsh_and_fish_too(string shell, string mark)
    {
        var run = await new Shell(SampleGroup.System()).RunAsync($"completion {shell}");
        run.Code.ShouldBe(0);
        run.Out.ShouldContain(mark);
        run.Out.ShouldContain("[suggest:");
    }

    [Theory]
    [InlineData("holdfast sw", "switchover")]
    [InlineData("holdfast failover --acc", "--accept-data-loss")]
    [InlineData("holdfast switchover --to ", "orders-fra-1|orders-fra-2|orders-fra-3")]
    [InlineData("holdfast reinit orders-fra-", "orders-fra-1|orders-fra-2|orders-fra-3")]
    [InlineData("holdfast status --store ", "orders")]
    [InlineData("holdfast completion ", "bash|fish|zsh")]
    [InlineData("holdfast failb", "failback")]
    [InlineData("holdfast failback --to ", "fra")]
    [InlineData("holdfast failover --site ", "fra")]
    [InlineData("holdfast failover --fe", "--fenced")]
    public async Task The_program_suggests_verbs_options_and_the_names_in_the_file(string line, string expected)
    {
        var shell = new Shell(SampleGroup.System());
        var run = await shell.RunSplitAsync([$"[suggest:{line.Length}]", line]);
        run.Code.ShouldBe(0);
        var suggested = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        expected.Split('|').ShouldBeSubsetOf(suggested);
    }

    [Fact]
    public async Task Only_options_that_the_help_names_are_suggested()
    {
        var line = "holdfast reinit ";
        var run = await new Shell(SampleGroup.System()).RunSplitAsync([$"[suggest:{line.Length}]", line]);
        var help = (await new Shell(SampleGroup.System()).RunAsync("reinit --help")).Out;
        var suggested = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        suggested.ShouldContain("--yes");
        suggested.Where(word => !word.StartsWith("orders-", StringComparison.Ordinal)).ShouldAllBe(word => help.Contains($"{word} ") || help.Contains($"{word},"));
    }

    private static async Task<string> BashAsync(string[] arguments, string script)
    {
        var start = new ProcessStartInfo("bash", arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var bash = Process.Start(start)!;
        await bash.StandardInput.WriteAsync(script);
        bash.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var (output, error) = (bash.StandardOutput.ReadToEndAsync(limit.Token), bash.StandardError.ReadToEndAsync(limit.Token));
        await bash.WaitForExitAsync(limit.Token);
        (await error).ShouldBe("");
        bash.ExitCode.ShouldBe(0);
        return await output;
    }
}
