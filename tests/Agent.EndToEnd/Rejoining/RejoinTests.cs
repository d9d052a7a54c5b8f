using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Holdfast.Harness.Files;
using Holdfast.Harness.Members;
using Holdfast.Harness.Processes;

namespace Holdfast.Agent.EndToEnd.Rejoining;

/// <summary>A group whose programs can be told to fail.</summary>
public sealed class WrappedGroup : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new("bin");
    private Group? _group;
    private ProgramFolder? _programs;

    public Group Group => _group ?? throw new InvalidOperationException("the group was not started");
    internal ProgramFolder Programs => _programs ?? throw new InvalidOperationException("the group was not started");

    public async ValueTask InitializeAsync()
    {
        _programs = new ProgramFolder(_folder.File("bin"));
        _group = await Group.StartAsync(new GroupOptions { Bin = _programs.Location });
    }

    public async ValueTask DisposeAsync()
    {
        await (_group?.DisposeAsync() ?? ValueTask.CompletedTask);
        _folder.Dispose();
    }
}

/// <summary>R8: a member whose log has diverged, or whose data is to be made anew.</summary>
[Trait("Speed", "Slow")]
public sealed class RejoinTests(WrappedGroup shared) : IClassFixture<WrappedGroup>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private Group Group => shared.Group;

    [Fact]
    public async Task What_a_deposed_primary_had_alone_is_kept_before_it_is_rewound()
    {
        var (old, before) = await PrepareAsync();
        var taker = await Divergence.MakeAsync(Group, old);
        using var reader = new MarkerReader(old);

        old.StartAgent();

        (await Group.HealthyAsync()).Primary.ShouldBe(taker.Name);
        await Eventually.TrueAsync(() => reader.Reads > 0, Soon, () => "readers are never let in again");
        (await reader.EndAsync()).ShouldBe(0, "a commit that nobody acknowledged, and that was then taken back, was read");
        CheckSalvage(old, before);
        old.Log().ShouldContain("rule=R8.rewind");
        (await CountMarkersAsync(old)).ShouldBe(0);
    }

    [Fact]
    public async Task When_the_rewind_fails_the_member_is_cloned_and_the_salvage_stays()
    {
        var (old, before) = await PrepareAsync();
        shared.Programs.Tell("pg_rewind", "fail");
        try
        {
            await Divergence.MakeAsync(Group, old);
            var logged = old.Log().Length;

            old.StartAgent();

            await Group.HealthyAsync();
            CheckSalvage(old, before);
            var log = old.Log()[logged..];
            log.ShouldContain("told to fail");
            log.ShouldContain("rule=R8.reclone");
            (await CountMarkersAsync(old)).ShouldBe(0);
        }
        finally
        {
            shared.Programs.Tell("pg_rewind");
        }
    }

    [Fact]
    public async Task An_agent_killed_in_the_middle_of_a_rewind_goes_on_with_mending_when_it_is_back()
    {
        var (old, before) = await PrepareAsync();
        var taker = await Divergence.MakeAsync(Group, old);
        old.StartAgent();
        await HostProcesses.CatchAsync(old.Folder, "pg_rewind", Soon);

        await old.KillAgentAsync();
        old.StartAgent();

        (await Group.HealthyAsync()).Primary.ShouldBe(taker.Name);
        CheckSalvage(old, before);
        (await CountMarkersAsync(old)).ShouldBe(0);
    }

    [Fact]
    public async Task An_agent_killed_in_the_middle_of_a_clone_begins_it_again_when_it_is_back()
    {
        var primary = await Group.PrimaryAsync();
        var member = Group.Others(primary).First();
        shared.Programs.Tell("pg_basebackup", "slow");
        Task<CommandOutcome> asked;
        try
        {
            asked = Group.RunAsync("reinit", member.Name, "--yes");
            await Eventually.TrueAsync(
                () => File.Exists(Path.Combine(member.Own, "clone", "PG_VERSION")), Soon, () => $"no clone begins:\n{member.Log()}");
            // One process reads the files, another one the log.
            var tools = HostProcesses.Named(member.Folder, "pg_basebackup").ToList();
            tools.ShouldNotBeEmpty();

            await member.KillAgentAsync();
            shared.Programs.Tell("pg_basebackup");
            member.StartAgent();

            await Eventually.TrueAsync(() => tools.All(tool => Posix.State(tool) is null or 'Z'), Soon, () => "the copy of the agent before goes on");
        }
        finally
        {
            shared.Programs.Tell("pg_basebackup");
        }

        // It follows the member, whoever makes it whole again.
        (await asked).ExitCode.ShouldBe(0, (await asked).Output);
        (await Group.HealthyAsync()).Primary.ShouldBe(primary.Name);
        Directory.Exists(Path.Combine(member.Own, "clone")).ShouldBeFalse();
        File.Exists(Path.Combine(member.Own, "incomplete")).ShouldBeFalse();
    }

    [Fact]
    public async Task Reinit_makes_a_standbys_data_anew_and_is_refused_on_the_primary()
    {
        var primary = await Group.PrimaryAsync();
        var member = Group.Others(primary).First();
        await using var writer = await RowWriter.StartAsync(Group.Rows);
        var stray = Path.Combine(member.Data, "stray");
        await File.WriteAllTextAsync(stray, "x", TestContext.Current.CancellationToken);

        var refused = await Group.RunAsync("reinit", primary.Name, "--yes");
        var done = await Group.RunAsync("reinit", member.Name, "--yes");

        refused.ExitCode.ShouldBe(1, refused.Output);
        refused.Output.ShouldContain("is the primary");
        done.ExitCode.ShouldBe(0, done.Output);
        await Eventually.TrueAsync(() => !File.Exists(stray), Soon, () => $"the old data is still there:\n{member.Log()}");
        (await Group.HealthyAsync()).Primary.ShouldBe(primary.Name);
        (await writer.LostAsync()).ShouldBeEmpty();
    }

    private async Task<(MemberHost Old, int Salvages)> PrepareAsync()
    {
        var old = await Group.PrimaryAsync();
        return (old, Directory.GetDirectories(old.Salvage).Length);
    }

    private static Task<long> CountMarkersAsync(MemberHost host) => host.AskInAsync<long>(RowTable.Name, "select count(*) from writes where id = -2");

    /// <summary>One more than before, whole by its own manifest, and with the row in it that nobody else had.</summary>
    private static void CheckSalvage(MemberHost host, int before)
    {
        var folders = Directory.GetDirectories(host.Salvage).Order(StringComparer.Ordinal).ToList();
        folders.Count.ShouldBe(before + 1);
        using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(folders[^1], "manifest.json")));
        manifest.RootElement.GetProperty("member").GetString().ShouldBe(host.Name);
        var marked = false;
        foreach (var file in manifest.RootElement.GetProperty("files").EnumerateArray())
        {
            var content = File.ReadAllBytes(Path.Combine(folders[^1], file.GetProperty("name").GetString()!));
            Convert.ToHexStringLower(SHA256.HashData(content)).ShouldBe(file.GetProperty("sha256").GetString());
            marked |= WithoutPageHeaders(content).AsSpan().IndexOf(Encoding.ASCII.GetBytes(Divergence.Marker)) >= 0;
        }

        marked.ShouldBeTrue($"the row that only {host.Name} had is not in {folders[^1]}");
    }

    /// <summary>The records of a log segment in one piece: one that goes over the end of a page is cut in two there by the next page's header.</summary>
    private static byte[] WithoutPageHeaders(byte[] segment)
    {
        const int Page = 8192;
        const int Header = 24;
        const int FirstHeader = 40;
        return [.. segment.Chunk(Page).SelectMany((page, number) => page.Skip(number == 0 ? FirstHeader : Header))];
    }
}
