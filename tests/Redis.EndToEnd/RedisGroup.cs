using Holdfast.Harness.Members;

namespace Holdfast.Redis.EndToEnd;

/// <summary>Three members that may lose ten seconds, shared by the tests of one class: each begins when it is healthy.</summary>
public sealed class RedisGroup : IAsyncLifetime
{
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private Group? _group;

    public static GroupOptions Options { get; } = new GroupOptions { Kind = GroupOptions.Redis, Rpo = "10s" }.WithTiming("lease", "3s");

    public Group Group => _group ?? throw new InvalidOperationException("the group was not started");

    public async ValueTask InitializeAsync() => _group = await Group.StartAsync(Options);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _group?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
