using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Holdfast.Agent.Guarding;
using Holdfast.Agent.Leases;

namespace Holdfast.Agent.Tests.Guarding;

/// <summary>Real guard processes, started as the agent starts them, over real process trees.</summary>
[Trait("Speed", "Slow")]
public sealed class GuardTests : IDisposable
{
    private static readonly TimeSpan Call = TimeSpan.FromSeconds(5);
    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast-guard-").FullName;
    private readonly string _data;
    private readonly GuardClient _client;
    private readonly HashSet<int> _guards = [];

    public GuardTests()
    {
        // Longer than a name of a unix socket may be.
        _data = Path.Combine(_folder, new string('d', 120));
        Directory.CreateDirectory(_data);
        _client = new GuardClient(_data, GuardProgram.OfThisProcess());
    }

    private static TimeSpan Soon => BootClock.Instance.Now + TimeSpan.FromSeconds(1.5);
    private static TimeSpan Far => BootClock.Instance.Now + TimeSpan.FromMinutes(5);

    public void Dispose()
    {
        foreach (var guard in _guards)
        {
            ServerDouble.Kill(guard);
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Kills_the_whole_server_when_the_deadline_passes_and_says_so()
    {
        using var server = new ServerDouble(_data);
        var guard = Ensure();
        var deadline = Soon;
        _client.Arm(deadline, server.Pid, server.StartTime, Call);
        _client.Ping(Call)!.Armed.ShouldBeTrue();
        server.IsGone.ShouldBeFalse();

        Await.That(() => server.IsGone, "the server and its children are killed");

        BootClock.Instance.Now.ShouldBeGreaterThanOrEqualTo(deadline);
        Await.That(() => _client.Ping(Call) is { Armed: false, Fired: true }, "the guard says that it fired");
        var file = Path.Combine(_data + ".holdfast", "run", "guard.fired");
        using var fired = JsonDocument.Parse(File.ReadAllText(file));
        fired.RootElement.GetProperty("postmaster").GetInt32().ShouldBe(server.Pid);
        fired.RootElement.GetProperty("killed").EnumerateArray().Select(pid => pid.GetInt32()).ShouldBe(
            [server.Pid, .. server.Children], ignoreOrder: true);
        fired.RootElement.GetProperty("killed")[0].GetInt32().ShouldBe(server.Pid, "the main process goes first, so that it starts no more");
        fired.RootElement.GetProperty("remaining").GetArrayLength().ShouldBe(0);
        Await.That(() => Log().Contains("event=guard-fired"), "it is logged");
        Should.Throw<GuardException>(() => _client.Pet(Far, Call)).Message.ShouldContain("was killed");
        _client.Ping(Call)!.Pid.ShouldBe(guard.Pid);
    }

    [Fact]
    public void Petting_moves_the_deadline_and_never_back_and_disarming_ends_it()
    {
        using var server = new ServerDouble(_data);
        Ensure();
        var first = Soon;
        _client.Arm(first, server.Pid, server.StartTime, Call);
        var later = first + TimeSpan.FromSeconds(60);
        _client.Pet(later, Call);
        _client.Pet(first, Call);
        _client.Ping(Call)!.DeadlineBoot.ShouldBe(later);

        Await.That(() => BootClock.Instance.Now > first + TimeSpan.FromMilliseconds(500), "the first deadline is past");
        server.IsRunning.ShouldBeTrue();

        _client.Arm(Soon, server.Pid, server.StartTime, Call);
        _client.Disarm(Call);
        _client.Disarm(Call);
        var past = Soon + TimeSpan.FromMilliseconds(500);
        Await.That(() => BootClock.Instance.Now > past, "the deadline is past");
        server.IsGone.ShouldBeFalse();
        _client.Ping(Call)!.ShouldSatisfyAllConditions(status => status.Armed.ShouldBeFalse(), status => status.Fired.ShouldBeFalse());
    }

    [Fact]
    public void A_frozen_guard_kills_as_soon_as_it_thaws()
    {
        using var server = new ServerDouble(_data);
        var guard = Ensure();
        _client.Arm(Soon, server.Pid, server.StartTime, Call);
        Signal(guard.Pid, "STOP");
        var past = Soon + TimeSpan.FromMilliseconds(100);
        Await.That(() => BootClock.Instance.Now > past, "the deadline is past");
        server.IsRunning.ShouldBeTrue();
        _client.Ping(TimeSpan.FromMilliseconds(200)).ShouldBeNull();

        Signal(guard.Pid, "CONT");

        Await.That(() => server.IsGone, "the server is killed", TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void A_frozen_guard_that_finds_a_renewal_on_thawing_kills_nobody()
    {
        using var server = new ServerDouble(_data);
        var guard = Ensure();
        _client.Arm(Soon, server.Pid, server.StartTime, Call);
        Signal(guard.Pid, "STOP");
        Should.Throw<GuardException>(() => _client.Pet(Far, TimeSpan.FromMilliseconds(100))).Message.ShouldContain("does not answer");
        var past = Soon + TimeSpan.FromMilliseconds(100);
        Await.That(() => BootClock.Instance.Now > past, "the deadline is past");

        Signal(guard.Pid, "CONT");

        Await.That(() => _client.Ping(Call) is { Armed: true }, "the guard answers");
        server.IsGone.ShouldBeFalse();
    }

    [Fact]
    public void A_reused_pid_is_never_killed()
    {
        using var server = new ServerDouble(_data);
        Ensure();

        Should.Throw<GuardException>(() => _client.Arm(Soon, server.Pid, server.StartTime + 1, Call)).Message.ShouldContain("not the server");
        _client.Ping(Call)!.Armed.ShouldBeFalse();
        server.IsRunning.ShouldBeTrue();
    }

    [Fact]
    public void Orphans_of_the_server_are_killed_and_bystanders_in_the_directory_are_not()
    {
        using var elsewhere = ServerDouble.Start("/bin/sleep", _folder, "300");
        using var orphan = ServerDouble.Start("/bin/sleep", _data, "300"); // The same program in the data directory, and nobody's child of the main one.
        using var bystander = ServerDouble.Start("/bin/sh", _data, "-c", "while :; do read line; done"); // A user's shell that stands there.
        using var main = ServerDouble.Start("/bin/sleep", _data, "300");
        try
        {
            Await.That(() => ProcessFacts.Executable(main.Id) == ProcessFacts.Executable(orphan.Id), "the programs are the same");
            Ensure();
            _client.Arm(Soon, main.Id, ProcessFacts.Of(main.Id)!.StartTime, Call);

            Await.That(() => _client.Ping(Call) is { Fired: true, Armed: false }, "the guard fires");
            ServerDouble.IsAlive(main.Id).ShouldBeFalse();
            ServerDouble.IsAlive(orphan.Id).ShouldBeFalse();
            ServerDouble.IsAlive(bystander.Id).ShouldBeTrue();
            ServerDouble.IsAlive(elsewhere.Id).ShouldBeTrue();
        }
        finally
        {
            foreach (var process in (Process[])[elsewhere, orphan, bystander, main])
            {
                process.Kill();
                process.WaitForExit(Await.Long);
            }
        }
    }

    [Fact]
    public void There_is_one_guard_per_member_it_is_nobodys_child_and_it_outlives_clients()
    {
        var first = Ensure();
        var second = new GuardClient(_data, GuardProgram.OfThisProcess()).EnsureRunning(Call);

        second.Pid.ShouldBe(first.Pid);
        var facts = ProcessFacts.Of(first.Pid)!;
        facts.ParentPid.ShouldNotBe(Environment.ProcessId);
        ProcessFacts.WorkingDirectory(first.Pid).ShouldBe("/");
        new FileInfo($"/proc/{first.Pid}/fd/1").LinkTarget.ShouldBe("/dev/null");
        using var rival = ServerDouble.Start(Environment.ProcessPath!, "/", [.. GuardProgram.OfThisProcess().Arguments, "--data", _data]);
        rival.WaitForExit(Await.Long).ShouldBeTrue("a second guard ends by itself");
        _client.Ping(Call)!.Pid.ShouldBe(first.Pid);
    }

    [Fact]
    public void A_guard_that_was_killed_is_replaced_and_passwords_stay_out_of_its_environment()
    {
        Environment.SetEnvironmentVariable("HOLDFAST_TEST_PASSWORD", "in the agent's environment");
        var first = Ensure();
        ServerDouble.Kill(first.Pid);
        _client.Ping(TimeSpan.FromMilliseconds(100)).ShouldBeNull();
        _client.Disarm(Call);

        var second = Ensure();

        second.Pid.ShouldNotBe(first.Pid);
        File.ReadAllText($"/proc/{second.Pid}/environ").ShouldNotContain("HOLDFAST_TEST_PASSWORD");
        var socket = Path.Combine(_data + ".holdfast", "run", "guard.sock");
        File.GetUnixFileMode(socket).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(Path.GetDirectoryName(socket)!).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public void The_watchdog_device_is_held_only_while_armed_and_called_off_by_its_magic_letter()
    {
        // An ordinary file in the place of the device: it keeps every byte that a device would have been told.
        var device = Path.Combine(_folder, "watchdog");
        File.WriteAllBytes(device, []);
        using var server = new ServerDouble(_data);
        var guard = Ensure();
        _client.UseWatchdog(device, Call);
        Holds(guard.Pid, device).ShouldBeFalse();

        _client.Arm(Far, server.Pid, server.StartTime, Call);
        Holds(guard.Pid, device).ShouldBeTrue();
        Await.That(() => new FileInfo(device).Length >= 2, "it is petted");
        _client.Disarm(Call);

        Holds(guard.Pid, device).ShouldBeFalse();
        var told = File.ReadAllBytes(device);
        told[..^1].ShouldAllBe(letter => letter == 0);
        told[^1].ShouldBe((byte)'V');

        _client.UseWatchdog(Path.Combine(_folder, "none"), Call);
        Should.Throw<GuardException>(() => _client.Arm(Far, server.Pid, server.StartTime, Call)).Message.ShouldContain("cannot be opened");
    }

    [Fact]
    public void A_disarmed_guard_leaves_when_its_folder_is_gone()
    {
        var guard = Ensure();
        Directory.Delete(_data + ".holdfast", recursive: true);

        Await.That(() => !ServerDouble.IsAlive(guard.Pid), "the guard leaves");
    }

    [Fact]
    public void An_armed_guard_ignores_the_signal_to_end()
    {
        using var server = new ServerDouble(_data);
        var guard = Ensure();
        _client.Arm(Far, server.Pid, server.StartTime, Call);
        Signal(guard.Pid, "TERM");
        Await.That(() => Log().Contains("event=guard-signal"), "it says that it stays");

        _client.Ping(Call)!.Pid.ShouldBe(guard.Pid);
        _client.Arm(Soon, server.Pid, server.StartTime, Call);
        Await.That(() => server.IsGone, "it still kills the server");
        Await.That(() => _client.Ping(Call) is { Armed: false }, "it is disarmed");
        Signal(guard.Pid, "TERM");
        Await.That(() => !ServerDouble.IsAlive(guard.Pid), "disarmed, it ends");
    }

    private string Log() => File.ReadAllText(Path.Combine(_data + ".holdfast", "run", "guard.log"));

    private GuardStatus Ensure()
    {
        var status = _client.EnsureRunning(Await.Long);
        _guards.Add(status.Pid);
        return status;
    }

    private static bool Holds(int pid, string path) =>
        Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Any(entry => new FileInfo(entry).LinkTarget == path);

    private static void Signal(int pid, string signal) =>
        Send(pid, signal switch { "TERM" => 15, "CONT" => 18, "STOP" => 19, _ => throw new ArgumentException(signal) }).ShouldBe(0);

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Send(int pid, int signal);
}
