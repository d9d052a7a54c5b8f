using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd.BadDays;

/// <summary>What an agent says that cannot start, or cannot use what it finds. One member and no other is enough to ask.</summary>
public sealed class StartTests(LoneHost shared) : IClassFixture<LoneHost>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private Group Group => shared.Group;
    private MemberHost Host => Group.Hosts[0];

    [Fact]
    public async Task A_member_that_is_not_in_the_file_is_refused_with_the_names_that_are()
    {
        var outcome = await Group.RunAsync("agent", "--member", "m7");

        outcome.ExitCode.ShouldBe(2);
        outcome.Output.ShouldContain("'m7'");
        outcome.Output.ShouldContain("m1");
        outcome.Output.Trim().Split('\n').Length.ShouldBeLessThanOrEqualTo(2);
    }

    [Fact]
    public async Task A_token_file_that_others_can_read_is_refused()
    {
        File.SetUnixFileMode(Group.TokenFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        try
        {
            var outcome = await Group.RunAsync("agent", "--member", Host.Name);

            outcome.ExitCode.ShouldBe(1);
            outcome.Output.ShouldContain(Group.TokenFile);
            outcome.Output.ShouldContain("chmod");
        }
        finally
        {
            File.SetUnixFileMode(Group.TokenFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task A_second_agent_for_one_member_ends_with_one_clear_line_and_the_first_goes_on()
    {
        await using var agent = Running();
        await Host.SaysAsync(_ => true, Soon, "it runs");

        var second = await Group.RunAsync("agent", "--member", Host.Name);

        second.ExitCode.ShouldBe(1);
        second.Output.ShouldContain("another agent runs m1 on this host");
        second.Output.Trim().Split('\n').Length.ShouldBe(1);
        (await Host.StatusAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_taken_agent_port_is_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, Host.AgentPort);
        listener.Start();

        var outcome = await Group.RunAsync("agent", "--member", Host.Name);

        outcome.ExitCode.ShouldBe(1);
        outcome.Output.ShouldContain(Host.AgentPort.ToString(CultureInfo.InvariantCulture));
        outcome.Output.ShouldContain("the port is taken");
        outcome.Output.Trim().Split('\n').Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_folder_with_other_files_is_named_and_left_alone()
    {
        Directory.CreateDirectory(Host.Data);
        var letter = Path.Combine(Host.Data, "letter.txt");
        await File.WriteAllTextAsync(letter, "dear", TestContext.Current.CancellationToken);
        await using var agent = Running();

        var status = await Host.SaysAsync(status => status.Of("m1").Fault is not null, Soon, "its folder is not usable");

        status.Rule.ShouldBe("ID.foreign-data");
        status.Of("m1").Fault!.ShouldContain(Host.Data);
        status.Of("m1").Fault!.ShouldContain("not a PostgreSQL data directory");
        File.ReadAllText(letter).ShouldBe("dear");
        Directory.GetFileSystemEntries(Host.Data).ShouldBe([letter]);
    }

    [Theory]
    [InlineData("14", "not installed")]
    [InlineData("9.6", "runs 13 to 17")]
    public async Task Data_of_another_major_version_is_named_and_left_alone(string version, string expected)
    {
        Directory.CreateDirectory(Host.Data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await File.WriteAllTextAsync(Path.Combine(Host.Data, "PG_VERSION"), version + "\n", TestContext.Current.CancellationToken);
        await using var agent = Running();

        var status = await Host.SaysAsync(status => status.Of("m1").Fault is not null, Soon, "its data is not usable");

        status.Rule.ShouldBe("ID.foreign-data");
        status.Of("m1").Fault!.ShouldContain($"made by PostgreSQL {version}");
        status.Of("m1").Fault!.ShouldContain(expected);
        Directory.GetFileSystemEntries(Host.Data).Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_data_directory_of_another_user_is_named_and_left_alone()
    {
        // An ordinary user cannot give a directory away; a folder that the system owns does as well.
        var foreign = (await RunAsync("stat", "-c", "%u", "/etc/ssl")).Trim();
        Assert.SkipWhen((await RunAsync("id", "-u")).Trim() == foreign, "run by the user who owns /etc/ssl");
        Directory.CreateSymbolicLink(Host.Data, "/etc/ssl");
        await using var agent = Running();

        var status = await Host.SaysAsync(status => status.Of("m1").Fault is not null, Soon, "its data is another's");

        status.Of("m1").Fault!.ShouldContain("belongs to user number");
        status.Of("m1").Fault!.ShouldContain("chown");
    }

    private Cleared Running()
    {
        Host.StartAgent();
        return new Cleared(Host);
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }

    /// <summary>Ends what runs and empties the host's folder, for the next test.</summary>
    private sealed class Cleared(MemberHost host) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await host.CrashAsync();
            foreach (var entry in new DirectoryInfo(host.Folder).GetFileSystemInfos())
            {
                if (entry is DirectoryInfo { LinkTarget: null } directory)
                {
                    directory.Delete(recursive: true);
                }
                else
                {
                    entry.Delete();
                }
            }
        }
    }
}

/// <summary>One member and an etcd that is down: nothing that an agent finds on its own host needs coordination.</summary>
public sealed class LoneHost : IAsyncLifetime
{
    private Group? _group;

    public Group Group => _group ?? throw new InvalidOperationException("the group was not prepared");

    public async ValueTask InitializeAsync()
    {
        _group = await Group.PrepareAsync(new GroupOptions { Members = 1 });
        await _group.Etcd.Servers[0].KillAsync();
    }

    public ValueTask DisposeAsync() => _group?.DisposeAsync() ?? ValueTask.CompletedTask;
}
