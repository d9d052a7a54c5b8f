using Holdfast.Agent.Tests.Api;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Hosting;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Tests;

public sealed class UsageTests
{
    private static readonly SystemSpec System = SampleGroup.System();

    public static readonly TheoryData<string, string> Pages = new()
    {
        { "status", "--store --site --watch --json --check --file --help FILE" },
        { "history", "--store --site --sites --steps --json --limit --file" },
        { "switchover", "--to --site --store --dry-run --yes --json --file" },
        { "failover", "--to --site --store --accept-data-loss --fenced --dry-run --yes --json --file" },
        { "failback", "--to --store --dry-run --yes --json --file" },
        { "pause", "--store --site --yes --file" },
        { "resume", "--store --site --yes --file" },
        { "restart", "MEMBER --pending --yes --no-wait --file" },
        { "reinit", "MEMBER --yes --no-wait --file" },
        { "verify", "STORE --store --members --sites --table --database --jobs --throttle --unthrottled --resume --state --json --file" },
        { "backup", "--type --store --no-wait --file" },
        { "backups", "--store --verify --json --file" },
        { "restore", "--into --in-place --take-back --to-time --to-lsn --to-name --latest --from --timeline --store --site --dry-run --yes --no-wait --file" },
        { "test-restore", "--store --site --here --to-time --no-wait --json --file" },
        { "check", "FILE --json --file" },
        { "schema", "--help" },
        { "agent", "--member FILE --file" },
        { "gate", "FILE --store --api --threads --check --file" },
        { "haproxy", "FILE --store --file" },
        { "completion", "SHELL" },
    };

    [Theory, MemberData(nameof(Pages))]
    public async Task The_help_of_each_verb_names_its_options_examples_and_exit_codes(string verb, string mentions)
    {
        var run = await new Shell(System).RunAsync($"{verb} --help");
        run.Code.ShouldBe(0);
        foreach (var word in mentions.Split(' '))
        {
            run.Out.ShouldContain(word);
        }

        run.Out.ShouldContain("\nWhat it does\n");
        run.Out.ShouldContain("\nExamples\n  $ ");
        run.Out.ShouldContain("\nExit codes\n  0 ");
        run.Out.ShouldNotContain("  \n");
        run.Lines.ShouldAllBe(line => line.Length <= 100);
    }

    [Fact]
    public async Task The_first_page_lists_every_verb_but_the_hidden_one()
    {
        var run = await new Shell(System).RunAsync("--help");
        run.Code.ShouldBe(0);
        foreach (var row in Pages)
        {
            run.Out.ShouldContain($"\n  {row.Data.Item1} ");
        }

        run.Out.ReplaceLineEndings(" ").ShouldMatch(" 4 +'status --check'.*'verify': +at least one difference +5 +'verify': not everything");
        run.Out.ShouldNotContain("guard");
        (await new Shell(System).RunAsync("")).Code.ShouldBe(2);
    }

    [Theory]
    [InlineData("frobnicate", "there is no verb 'frobnicate'; see 'holdfast --help'")]
    [InlineData("switchover --tp x", "'--tp'; see 'holdfast switchover --help'")]
    [InlineData("switchover --to", "--to")]
    [InlineData("status --nonsense", "there is no option '--nonsense'; see 'holdfast status --help'")]
    [InlineData("plan --bandwith 1MB", "there is no option '--bandwith'; see 'holdfast plan --help'")]
    [InlineData("check -x", "there is no option '-x'; see 'holdfast check --help'")]
    [InlineData("reinit --nonsense", "there is no option '--nonsense'; see 'holdfast reinit --help'")]
    [InlineData("reinit", "MEMBER")]
    [InlineData("agent", "--member")]
    [InlineData("completion tcsh", "must be one of: 'bash' 'zsh' 'fish'")]
    [InlineData("history --limit many", "'many' for option '--limit': write a whole number; see 'holdfast history --help'")]
    [InlineData("status --watch --check", "do not go together")]
    [InlineData("backup --type partial", "must be one of: 'full' 'differential' 'incremental'")]
    [InlineData("restore --latest", "give one of --into, --as, --in-place and --take-back")]
    [InlineData("restore --latest --into /new --in-place", "give one of --into, --as, --in-place and --take-back")]
    [InlineData("restore --latest --into /new --dry-run", "--dry-run goes with --in-place")]
    [InlineData("restore --in-place", "give one of --to-time, --to-lsn, --to-name and --latest")]
    [InlineData("restore --into /new", "give one of --to-time, --to-lsn, --to-name and --latest")]
    [InlineData("restore --into /new --latest --to-lsn 0/1", "give one of --to-time, --to-lsn, --to-name and --latest")]
    [InlineData("restore --into /new --to-lsn 1", "'1' is not an LSN such as 0/3000148")]
    [InlineData("restore --into /new --to-time 2026-11-22T14:31:59", "'2026-11-22T14:31:59' is not a time with its offset")]
    [InlineData("restore --into /new --to-time 2026-11-22Z", "'2026-11-22Z' is not a time with its offset")]
    public async Task A_usage_error_is_one_line_and_2(string commandLine, string message)
    {
        var run = await new Shell(System).RunAsync(commandLine);
        run.Code.ShouldBe(2);
        run.Out.ShouldBeEmpty();
        run.Error.ShouldStartWith("holdfast: ");
        run.Error.ShouldContain(message);
        run.Error.Trim().ShouldNotContain("\n");
    }

    [Fact]
    public async Task The_version_is_the_programs()
    {
        var run = await new Shell(System).RunAsync("--version");
        run.Code.ShouldBe(0);
        run.Out.ShouldMatch(@"^holdfast \d+\.\d+\.\d+\n$");
    }

    [Fact]
    public async Task The_file_is_the_named_one_then_the_environments_then_a_default_place()
    {
        var shell = new Shell(System);
        shell.Existing.Add("./holdfast.yaml");
        shell.Environment["HOLDFAST_FILE"] = "env.yaml";
        foreach (var commandLine in new[] { "status a.yaml", "status -f b.yaml", "-f c.yaml status", "status", "history --file d.yaml" })
        {
            (await shell.RunAsync(commandLine)).Code.ShouldBe(1);
        }

        shell.Environment.Clear();
        await shell.RunAsync("status");
        shell.Existing.Remove("./holdfast.yaml");
        await shell.RunAsync("status");
        shell.Files.Asked.ShouldBe(["a.yaml", "b.yaml", "c.yaml", "env.yaml", "d.yaml", "./holdfast.yaml", FakeFiles.Good]);

        shell.Existing.Clear();
        var none = await shell.RunAsync("status");
        none.Code.ShouldBe(2);
        none.Error.ShouldContain("HOLDFAST_FILE");
        (await shell.RunAsync("status a.yaml -f b.yaml")).Code.ShouldBe(2);
    }

    [Fact]
    public async Task A_file_with_errors_is_one_line_that_says_where_the_others_are()
    {
        var run = await new Shell(System).RunAsync("status bad.yaml");
        run.Code.ShouldBe(1);
        run.Error.ShouldBe("holdfast: bad.yaml: 3:5 stores.orders  no members; add one (1 more: holdfast check bad.yaml)\n");
    }

    [Fact]
    public async Task Check_reports_and_schema_prints()
    {
        var shell = new Shell(System);
        var good = await shell.RunAsync($"check {FakeFiles.Good}");
        (good.Code, good.Error).ShouldBe((0, ""));
        var bad = await shell.RunAsync("check bad.yaml");
        (bad.Code, bad.Out).ShouldBe((1, ""));
        bad.Error.ShouldContain("2 errors");
        (await shell.RunAsync("check bad.yaml --json")).Out.ShouldBe("{\"valid\":false}\n");
        (await shell.RunAsync("schema")).Out.ShouldContain("$schema");
    }

    [Fact]
    public async Task The_agent_is_run_for_the_named_member_and_the_guard_with_its_arguments()
    {
        var host = new RecordingHost();
        var shell = new Shell(System) { AgentHost = host, GuardHost = host };
        (await shell.RunAsync("agent --member orders-fra-2")).Code.ShouldBe(7);
        (await shell.RunAsync("guard --pid 12 -- x")).Code.ShouldBe(8);
        host.Seen.ShouldBe(["orders-fra-2 of orders", "--pid 12 -- x"]);

        var wrong = await shell.RunAsync("agent --member orders-ber-1");
        wrong.Code.ShouldBe(ExitCode.Usage);
        wrong.Error.ShouldContain("orders-fra-1, orders-fra-2, orders-fra-3");
    }

    private sealed class RecordingHost : IAgentHost, IGuardHost
    {
        public List<string> Seen { get; } = [];

        public Task<int> RunAgentAsync(SystemSpec system, StoreSpec store, MemberSpec member, CancellationToken cancellationToken)
        {
            Seen.Add($"{member.Name} of {store.Name}");
            return Task.FromResult(7);
        }

        public Task<int> RunGuardAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
        {
            Seen.Add(string.Join(' ', arguments));
            return Task.FromResult(8);
        }
    }
}
