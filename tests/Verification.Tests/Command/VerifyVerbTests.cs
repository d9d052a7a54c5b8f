using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Holdfast.Harness.Members;
using Holdfast.Verification.Tests.Servers;
using Npgsql;

namespace Holdfast.Verification.Tests.Command;

/// <summary>The program, its agents and their servers, as an operator has them.</summary>
[Trait("Speed", "Slow")]
public sealed class VerifyVerbTests
{
    [Fact]
    public async Task The_verb_compares_a_running_group_survives_a_kill_and_finds_what_was_planted()
    {
        await using var group = await Group.StartAsync(new GroupOptions { Members = 2 });
        var primary = await group.PrimaryAsync();
        var standby = group.Others(primary).Single();
        await using (var connection = new NpgsqlConnection(group.Rows.ConnectionString))
        {
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(
                "create table big (id int primary key, t text); insert into big select g, md5(g::text) from generate_series(1, 150000) g", connection);
            await command.ExecuteNonQueryAsync();
        }

        var state = Path.Combine(group.Folder, "state.json");
        var equal = await group.RunAsync("verify", "--unthrottled", "--state", state);
        equal.ExitCode.ShouldBe(0, equal.Output);
        equal.Output.ShouldContain($"equal: {primary.Name} and {standby.Name}; ");
        File.Exists(state).ShouldBeFalse("a finished comparison leaves nothing to resume");

        // Killed in the middle, then resumed: it counts what was done before the kill once, and says that it was resumed.
        await KilledAsync(group, state);
        File.GetUnixFileMode(state).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var resumed = await group.RunAsync("verify", "--unthrottled", "--resume", "--state", state, "--json");
        resumed.ExitCode.ShouldBe(0, resumed.Output);
        using (var json = JsonDocument.Parse(resumed.Output))
        {
            json.RootElement.GetProperty("resumed").GetBoolean().ShouldBeTrue();
            json.RootElement.GetProperty("verdict").GetString().ShouldBe("Equal");
            json.RootElement.GetProperty("rows").GetInt64().ShouldBeInRange(150_000, 150_100);
            json.RootElement.GetProperty("reference").GetString().ShouldBe(primary.Name);
        }

        (await group.RunAsync("verify", "--resume", "--state", state)).Output.ShouldContain("there is nothing to resume");
        await RefusesStrangersAsync(primary);
        (await group.RunAsync("verify", "--members", primary.Name)).ExitCode.ShouldBe(2);
        (await group.RunAsync("verify", "--throttle", "much")).ExitCode.ShouldBe(2);

        await DamageAsync(group, primary, standby);
        var different = await group.RunAsync("verify", "--unthrottled", "--state", state);
        different.ExitCode.ShouldBe(4, different.Output);
        different.Output.ShouldContain($"{standby.Name}: app, public.big, block 5: unreadable");
        different.Output.ShouldContain("1 difference: ");

        // A member whose agent is away cannot be compared; that is neither equal nor different.
        await standby.StopAgentAsync();
        var away = await group.RunAsync("verify", "--state", state);
        away.ExitCode.ShouldBe(5, away.Output);
        away.Output.ShouldContain($"not compared: the agent of {standby.Name} does not answer");
    }

    private static async Task KilledAsync(Group group, string state)
    {
        var start = new ProcessStartInfo(
            HoldfastProgram.Command.File,
            [HoldfastProgram.Command.Dll, "verify", "--throttle", "4MB/s", "--state", state, "--file", group.SystemFile])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await Eventually.TrueAsync(
                () => process.HasExited ? throw new InvalidOperationException($"it ended before it was killed: {output.Result}{errors.Result}") : File.Exists(state),
                TimeSpan.FromSeconds(60), () => "no state is kept");
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    /// <summary>Spoils a block of the standby's file that its server has not in memory.</summary>
    private static async Task DamageAsync(Group group, MemberHost primary, MemberHost standby)
    {
        await primary.AskInAsync<object?>("app", "vacuum (freeze) big");
        await primary.AskAsync<object?>("checkpoint");
        (await group.RunAsync("restart", standby.Name, "--yes")).ExitCode.ShouldBe(0);
        await group.HealthyAsync();
        Bytes.Flip(Path.Combine(standby.Data, await standby.AskInAsync<string>("app", "select pg_relation_filepath('big')")), (5 * 8192) + 5000);
    }

    private static async Task RefusesStrangersAsync(MemberHost member)
    {
        using var http = new HttpClient();
        foreach (var operation in new[] { "look", "digest", "rows", "keys", "inventory" })
        {
            using var content = new StringContent("{}", Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync(new Uri($"http://127.0.0.1:{member.AgentPort}/v1/verify/{operation}"), content);
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }
    }
}
