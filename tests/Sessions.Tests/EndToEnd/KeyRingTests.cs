using Holdfast.Harness.Ports;
using Holdfast.Harness.Processes;
using Holdfast.Sessions.Keys;
using Holdfast.Sessions.Load;
using Holdfast.Sessions.Store;

namespace Holdfast.Sessions.Tests.EndToEnd;

/// <summary>The keys: made once, ahead of use, kept in the store; and the check that they are at the other site.</summary>
[Trait("Speed", "Slow")]
public class KeyRingTests
{
    [Fact]
    public async Task Instances_that_start_at_one_moment_make_one_key_to_go_on_with_and_the_next_ahead_of_use()
    {
        await using var store = await StoreServer.StartAsync();
        var instances = await SessionsProgram.ServeAllAsync(store.Address, ["a", "b", "c"], "--key-ahead", "100d", "--key-lifetime", "90d");
        foreach (var instance in instances)
        {
            await instance.DisposeAsync();
        }

        var (status, output) = await SessionsProgram.RunAsync("keys", "--store", store.Address);
        status.ShouldBe(0, output);
        var lines = output.TrimEnd().Split('\n');
        lines.Length.ShouldBe(4, output);
        lines[1].ShouldContain("  active  ");
        lines[2].ShouldContain("  coming  ");
        lines[3].ShouldBe("ok: a key is active");
    }

    [Fact]
    public async Task An_instance_waits_while_another_makes_keys_and_goes_on_with_what_it_made()
    {
        await using var source = await StoreServer.StartAsync();
        await using var store = await StoreServer.StartAsync();
        await (await SessionsProgram.ServeAsync(source.Address)).DisposeAsync();
        await store.CallAsync("SET", KeyKeeper.LockName, "another");
        await using var waits = SessionsProgram.Begin(store.Address, "late");
        await Eventually.TrueAsync(
            async () => (await store.CallAsync("INFO", "commandstats")).Text!.Split('\n')
                .Any(line => line.StartsWith("cmdstat_set:calls=", StringComparison.Ordinal) && line["cmdstat_set:calls=".Length] > '2'),
            StoreServer.Deadline, () => $"it does not ask for the lock: {waits.Output}");
        waits.Output.ShouldNotContain("listens on");
        (await store.CallAsync("EXISTS", StoreKeys.Name)).Number.ShouldBe(0);

        var made = (await source.CallAsync("HGETALL", StoreKeys.Name)).Items!;
        await store.CallAsync(["HSET", StoreKeys.Name, .. made.Select(item => (Word)item.Bytes!)]);
        await store.CallAsync("DEL", KeyKeeper.LockName);
        await waits.UntilAsync("listens on");
        (await store.CallAsync("HLEN", StoreKeys.Name)).Number.ShouldBe(1);
        (await store.CallAsync("EXISTS", KeyKeeper.LockName)).Number.ShouldBe(0);
    }

    [Fact]
    public async Task A_site_that_lacks_the_active_key_is_told_of_and_one_that_has_it_is_well()
    {
        await using var store = await StoreServer.StartAsync();
        await using var other = await StoreServer.StartAsync();
        await (await SessionsProgram.ServeAsync(store.Address, further: ["--key-ahead", "100d"])).DisposeAsync();
        string[] check = ["keys", "--store", store.Address, "--other", other.Address];

        var (status, output) = await SessionsProgram.RunAsync(check);
        status.ShouldBe(1, output);
        output.ShouldContain($"{other.Address} lacks the active key");

        // Only the active one is over there.
        var fields = (await store.CallAsync("HGETALL", StoreKeys.Name)).Items!;
        var active = KeyRing.Read(fields.Where((_, index) => index % 2 == 1).Select(item => System.Xml.Linq.XElement.Parse(item.Text!)))
            .ActiveAt(TimeProvider.System.GetUtcNow())!;
        foreach (var pair in fields.Chunk(2).Where(pair => pair[0].Text!.Contains(active.Id.ToString(), StringComparison.Ordinal)))
        {
            await other.CallAsync("HSET", StoreKeys.Name, pair[0].Bytes!, pair[1].Bytes!);
        }

        (status, output) = await SessionsProgram.RunAsync(check);
        status.ShouldBe(0, output);
        (status, output) = await SessionsProgram.RunAsync([.. check, "--due", "100d"]);
        status.ShouldBe(1, output);
        output.ShouldContain($"{other.Address} lacks the key that becomes active on");

        await other.CallAsync("REPLICAOF", "127.0.0.1", store.Port);
        await Eventually.TrueAsync(
            async () => (await SessionsProgram.RunAsync([.. check, "--due", "100d"])).Status == 0,
            StoreServer.Deadline, () => "a replica does not have the keys");
    }

    [Fact]
    public async Task The_program_before_a_move_refuses_a_planned_one_without_the_keys_and_never_one_in_a_disaster()
    {
        await using var here = await StoreServer.StartAsync();
        await using var there = await StoreServer.StartAsync();
        await (await SessionsProgram.ServeAsync(here.Address)).DisposeAsync();

        var (status, output) = await BeforeMoveAsync("switchover", here.Address, there.Address);
        status.ShouldBe(1, output);
        output.ShouldContain($"{there.Address} lacks the active key");
        (await BeforeMoveAsync("failover", here.Address, there.Address)).ShouldSatisfyAllConditions(
            its => its.Status.ShouldBe(0), its => its.Output.ShouldContain("lacks the active key"));
        (await BeforeMoveAsync("failback", there.Address, here.Address)).Output.ShouldContain($"{there.Address} has no active key");
        (await BeforeMoveAsync("switchover", here.Address, $"127.0.0.1:{FreePorts.Take()}")).Status.ShouldBe(2);

        await there.CallAsync("REPLICAOF", "127.0.0.1", here.Port);
        await Eventually.TrueAsync(
            async () => (await BeforeMoveAsync("switchover", here.Address, there.Address)).Status == 0, StoreServer.Deadline, () => "a replica does not have the keys");
    }

    /// <summary>Runs it as an agent does, for a move from fra to ber.</summary>
    private static async Task<(int Status, string Output)> BeforeMoveAsync(string move, string fra, string ber)
    {
        var folder = RunFolder.Make("hook");
        var program = Path.Combine(folder, "sessions");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\nexec '{Environment.ProcessPath}' '{Path.Combine(AppContext.BaseDirectory, "sessions.dll")}' \"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var log = Path.Combine(folder, "log");
        await using var process = ChildProcess.Start(
            "/bin/sh", [Path.Combine(Repository.Root, "samples", "sessions", "keys-before-move"), $"fra={fra}", $"ber={ber}", "--patience", "1s"], log, folder,
            new Dictionary<string, string?>
            {
                ["SESSIONS"] = program,
                ["HOLDFAST_MOVE"] = move,
                ["HOLDFAST_FROM_SITE"] = "fra",
                ["HOLDFAST_TO_SITE"] = "ber",
            });
        await process.WaitForExitAsync(CancellationToken.None).WaitAsync(StoreServer.Deadline);
        return (process.ExitCode!.Value, await File.ReadAllTextAsync(log));
    }

    [Fact]
    public async Task A_store_without_keys_is_not_well_and_one_that_does_not_answer_cannot_be_judged()
    {
        await using var store = await StoreServer.StartAsync();
        (await SessionsProgram.RunAsync("keys", "--store", store.Address)).ShouldSatisfyAllConditions(
            its => its.Status.ShouldBe(1), its => its.Output.ShouldContain("has no active key"));
        (await SessionsProgram.RunAsync("keys", "--store", $"127.0.0.1:{FreePorts.Take()}", "--patience", "200ms")).ShouldSatisfyAllConditions(
            its => its.Status.ShouldBe(2), its => its.Output.ShouldContain("did not come back within 0.2 s"));
    }

    [Theory]
    [InlineData("store", false)]
    [InlineData("memory", true)]
    public async Task After_a_restart_of_the_application_all_are_still_signed_in_unless_its_keys_were_in_memory(string keys, bool loggedOut)
    {
        await using var store = await StoreServer.StartAsync();
        var port = FreePorts.Take();
        using var handler = new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false };
        using var http = new HttpClient(handler);
        var tally = new Tally();
        var user = new User("someone", [new Uri($"http://127.0.0.1:{port}")], 0, http, tally, () => TimeSpan.Zero);
        await using (await SessionsProgram.ServeAsync(store.Address, port: port, further: ["--keys", keys]))
        {
            await user.SignInAsync(CancellationToken.None);
            await user.ClickAsync(CancellationToken.None);
        }

        await using (await SessionsProgram.ServeAsync(store.Address, port: port, further: ["--keys", keys]))
        {
            await user.ClickAsync(CancellationToken.None);
        }

        tally.Sum.Requests.ShouldBe(2);
        tally.Sum.Errors.ShouldBe(0, string.Join("; ", tally.Sum.Problems));
        tally.Sum.LoggedOut.ShouldBe(loggedOut ? 1 : 0);
    }

    [Fact]
    public async Task A_password_comes_from_a_file_or_the_environment_and_is_never_told()
    {
        const string Password = "a-long-secret";
        await using var store = await StoreServer.StartAsync(Password);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, Password + "\n");
            await using var byFile = await SessionsProgram.ServeAsync(store.Address, further: ["--store-password-file", file]);
            await using var byEnvironment = await SessionsProgram.ServeAsync(
                store.Address, environment: new Dictionary<string, string?> { ["SESSIONS_STORE_PASSWORD"] = Password });
            (byFile.Output + byEnvironment.Output).ShouldNotContain(Password);
            byFile.Output.ShouldNotContain("fail:");

            await File.WriteAllTextAsync(file, "wrong-secret\n");
            var (status, output) = await SessionsProgram.RunAsync("keys", "--store", store.Address, "--store-password-file", file, "--patience", "1s");
            status.ShouldBe(2, output);
            output.ShouldContain("did not come back within 1 s: WRONGPASS");
            output.ShouldNotContain("wrong-secret");
        }
        finally
        {
            File.Delete(file);
        }
    }
}
