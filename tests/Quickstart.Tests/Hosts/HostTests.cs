using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Processes;

namespace Holdfast.Quickstart.Tests.Hosts;

/// <summary>A host whose "agent" is a script that starts, detached as an agent does, a "server" in the member's folder.</summary>
public sealed class HostTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast-host-").FullName;
    private readonly MemberPlace _place;
    private readonly Host _host;
    private ProcessIdentity[] _all = [];

    public HostTests()
    {
        _place = new MemberPlace("orders-1", "home", 1, 2, Path.Combine(_folder, "orders-1"), Path.Combine(_folder, "log"));
        Directory.CreateDirectory(_place.Data);
        var command = Path.Combine(_folder, "command");
        File.WriteAllText(command, $"#!/bin/sh\nenv -C {_place.Data} setsid sleep 300 &\nsleep 301 &\nwait\n");
        File.SetUnixFileMode(command, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _host = new Host(_place, command, "file", new ProcessLedger(_folder), TimeProvider.System);
    }

    public void Dispose()
    {
        // The script's child neither names the folder nor works in it.
        foreach (var process in ProcessTable.Of(_folder).Concat(_all))
        {
            Signals.Send(process, Signal.Kill);
        }

        _host.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The script, its child and the "server" in the member's folder.</summary>
    private async Task<ProcessIdentity[]> StartAsync()
    {
        _host.StartAgent();
        var agent = new ProcessLedger(_folder).Living().ShouldHaveSingleItem().Process;
        (await Until.TrueAsync(
            () => (_all = [.. ProcessTable.Of(_place.Folder, agent)]).Length == 3 && ProcessTable.Of(_place.Folder).Length == 1,
            Deadline, TimeProvider.System, CancellationToken.None)).ShouldBeTrue();
        return _all;
    }

    [Fact]
    public async Task A_crash_takes_the_agent_its_children_and_the_detached_server()
    {
        var all = await StartAsync();
        await _host.CrashAsync(CancellationToken.None);
        // What was killed with its parent may take a moment to be gone.
        (await Until.TrueAsync(
            () => !all.Any(process => process.IsAlive()), Deadline, TimeProvider.System, CancellationToken.None))
            .ShouldBeTrue();
    }

    [Fact]
    public async Task A_frozen_host_stands_still_as_a_whole_and_goes_on_as_a_whole()
    {
        var all = await StartAsync();
        await _host.FreezeAsync(CancellationToken.None);
        all.ShouldAllBe(process => process.IsStopped());
        _host.Thaw();
        (await Until.TrueAsync(
            () => !all.Any(process => process.IsStopped()), Deadline, TimeProvider.System, CancellationToken.None))
            .ShouldBeTrue();
        all.ShouldAllBe(process => process.IsAlive());
    }

    [Fact]
    public async Task Ending_the_agent_leaves_the_server()
    {
        await StartAsync();
        var server = ProcessTable.Of(_place.Folder).ShouldHaveSingleItem();
        await _host.StopAgentAsync(Deadline, CancellationToken.None);
        _host.AgentRuns.ShouldBeFalse();
        server.IsAlive().ShouldBeTrue();
    }
}
