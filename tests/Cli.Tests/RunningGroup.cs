using System.Collections.Immutable;
using Holdfast.Agent.Api;
using Holdfast.Agent.Tests.Api;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Tests;

/// <summary>Three real APIs over fake agents, and the command pointed at them.</summary>
public sealed class RunningGroup : IAsyncDisposable
{
    private readonly Dictionary<string, AgentApi> _apis = [];

    private RunningGroup(SystemSpec system)
    {
        System = system;
        Shell = new Shell(system);
        Controls = SampleGroup.Names.ToDictionary(name => name, name => SampleGroup.Control(system, name));
    }

    public SystemSpec System { get; }
    public Shell Shell { get; }
    public Dictionary<string, FakeControl> Controls { get; }
    public IEnumerable<string> Calls => Controls.Values.SelectMany(control => control.Calls.Select(call => $"{control.Member.Name}: {call}"));

    public static async Task<RunningGroup> StartAsync(SystemSpec? system = null, params string[] without)
    {
        var group = new RunningGroup(system ?? SampleGroup.System());
        foreach (var name in SampleGroup.Names.Except(without))
        {
            await group.StartAgentAsync(name);
        }

        return group;
    }

    public async Task StartAgentAsync(string name) =>
        _apis[name] = await AgentApi.StartAsync(Controls[name], TimeProvider.System, onFault: null, TestContext.Current.CancellationToken);

    public async Task StopAgentAsync(string name)
    {
        await _apis[name].DisposeAsync();
        _apis.Remove(name);
    }

    /// <summary>All agents see the change at once.</summary>
    public void Change(Func<GroupStatus, GroupStatus> change)
    {
        foreach (var control in Controls.Values)
        {
            control.Status = change(control.Status);
        }
    }

    /// <summary>The group obeys: a move is pending for some looks, then the target is primary of the next epoch and the history says so.</summary>
    public void Obey(string target)
    {
        var looks = 0;
        foreach (var control in Controls.Values)
        {
            control.OnCall = (call, _) => Task.FromResult(new CommandResult(true, "requested", "m-1"));
            control.OnMove = id => Interlocked.Increment(ref looks) switch
            {
                1 or 2 => new MoveProgress(id, MoveKind.Switchover, target, "pending", "checkpointing on the primary"),
                3 => new MoveProgress(id, MoveKind.Switchover, target, "pending", "writes are paused"),
                _ => Finish(id, target),
            };
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var api in _apis.Values)
        {
            await api.DisposeAsync();
        }
    }

    private MoveProgress Finish(string id, string target)
    {
        Change(status => status.Epoch > 7 ? status : status with
        {
            Epoch = 8,
            Primary = target,
            Members = [.. status.Members.Select(member => member with
            {
                Role = member.Name == target ? "primary" : "standby", State = member.Name == target ? "running" : "streaming", Timeline = 4,
            })],
        });
        ImmutableArray<HistoryEntry> history =
        [
            new HistoryEntry
            {
                Epoch = 8, Kind = "switchover", From = SampleGroup.Names[0], To = target, Rule = "SW3", Reason = "asked for by an operator",
                At = new DateTimeOffset(2026, 7, 1, 10, 11, 12, TimeSpan.Zero), Timeline = 4, ForkLsn = "0/5000200",
                DetectedMs = 0, PromisedMs = 12.3, ElectedMs = 25, PromotedMs = 140, FirstCommitMs = 165.4,
            },
            new HistoryEntry
            {
                Epoch = 7, Kind = "failover", From = SampleGroup.Names[2], To = SampleGroup.Names[0], Rule = "R3", Reason = "silent for 0.6 s, two members agree",
                At = new DateTimeOffset(2026, 7, 1, 9, 0, 0, TimeSpan.Zero), Timeline = 3, PromisedLsn = "0/4000000", DetectedMs = 612, PromotedMs = 801,
            },
            new HistoryEntry { Epoch = 6, Kind = "birth", To = SampleGroup.Names[2], Rule = "R0", Reason = "no record", At = new DateTimeOffset(2026, 6, 30, 0, 0, 0, TimeSpan.Zero) },
        ];
        foreach (var control in Controls.Values)
        {
            control.History = history;
        }

        return new MoveProgress(id, MoveKind.Switchover, target, "done", "done");
    }
}
