using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Processes;

namespace Holdfast.Quickstart.Tests.Processes;

public sealed class TeardownTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast-teardown-").FullName;
    private readonly string _member;
    private readonly ProcessLedger _ledger;
    private readonly List<Detached> _started = [];

    public TeardownTests()
    {
        _member = Directory.CreateDirectory(Path.Combine(_folder, "orders-1", "data")).FullName;
        _ledger = new ProcessLedger(_folder);
    }

    public void Dispose()
    {
        foreach (var process in _started)
        {
            Signals.Send(process.Identity, Signal.Kill);
            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_is_recorded_or_belongs_to_a_member_is_ended_and_nothing_else()
    {
        var agent = Record(Host.LedgerPrefix + "orders-1", await StartAsync("sleep", "300"));
        var etcd = Record(Etcd.LedgerPrefix + " home", await StartAsync("sleep", "301"));
        var named = await StartAsync("tail", "-F", Path.Combine(_member, "file"));
        var working = await StartAsync("env", "-C", _member, "sleep", "302");
        var stranger = await StartAsync("sleep", "303");

        (await new Teardown(_folder, TimeProvider.System).RunAsync()).ShouldBeNull();

        new[] { agent, etcd, named, working }.ShouldAllBe(process => !process.IsAlive());
        stranger.IsAlive().ShouldBeTrue();
    }

    [Fact]
    public async Task A_frozen_process_is_ended_too()
    {
        var agent = Record(Host.LedgerPrefix + "orders-1", await StartAsync("sleep", "300"));
        Signals.Send(agent, Signal.Stop);
        (await Until.TrueAsync(agent.IsStopped, Deadline, TimeProvider.System, CancellationToken.None)).ShouldBeTrue();

        (await new Teardown(_folder, TimeProvider.System).RunAsync()).ShouldBeNull();
        agent.IsAlive().ShouldBeFalse();
    }

    [Fact]
    public async Task Another_process_that_was_given_a_recorded_number_is_left_alone()
    {
        var stranger = await StartAsync("sleep", "300");
        _ledger.Add(Etcd.LedgerPrefix + " home", stranger with { StartTime = stranger.StartTime - 1 });

        (await new Teardown(_folder, TimeProvider.System).RunAsync()).ShouldBeNull();
        stranger.IsAlive().ShouldBeTrue();
    }

    [Fact, Trait("Speed", "Slow")]
    public async Task A_process_that_does_not_listen_is_killed()
    {
        var stubborn = Record(Etcd.LedgerPrefix + " home", await StartAsync("env", "--ignore-signal=TERM", "sleep", "300"));
        (await new Teardown(_folder, TimeProvider.System).RunAsync()).ShouldBeNull();
        stubborn.IsAlive().ShouldBeFalse();
    }

    private ProcessIdentity Record(string name, ProcessIdentity process)
    {
        _ledger.Add(name, process);
        return process;
    }

    /// <summary>Starts a real process and waits until the shell, and env, have been replaced by the program itself.</summary>
    private async Task<ProcessIdentity> StartAsync(params string[] command)
    {
        var process = Detached.Start(Path.Combine(_folder, "log"), command[0], command[1..]);
        _started.Add(process);
        string[] wrappers = ["sh\0", "/bin/sh\0", "setsid\0", "env\0"];
        (await Until.TrueAsync(
            () => File.ReadAllText($"/proc/{process.Identity.Pid}/cmdline") is { Length: > 0 } now && !wrappers.Any(now.StartsWith),
            Deadline,
            TimeProvider.System,
            CancellationToken.None)).ShouldBeTrue();
        return process.Identity;
    }
}
