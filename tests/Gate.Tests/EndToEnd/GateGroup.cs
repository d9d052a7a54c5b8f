using Holdfast.Harness.Members;

namespace Holdfast.Gate.Tests.EndToEnd;

/// <summary>A group and a gate before it, which the tests of one class share.</summary>
public sealed class GateGroup : IAsyncLifetime
{
    private Group? _group;
    private RunningGate? _gate;

    public Group Group => _group ?? throw new InvalidOperationException("the group was not started");
    public RunningGate Gate => _gate ?? throw new InvalidOperationException("the gate was not started");

    public async ValueTask InitializeAsync()
    {
        _group = await Group.StartAsync(new GroupOptions());
        _gate = await RunningGate.StartAsync(_group, "cut-off: 3s", "without-standby: primary");
    }

    public async ValueTask DisposeAsync()
    {
        await (_gate?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_group?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}
