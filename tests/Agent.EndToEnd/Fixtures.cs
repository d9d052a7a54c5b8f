using Holdfast.Harness.Members;

namespace Holdfast.Agent.EndToEnd;

/// <summary>A group that the tests of one class share: each begins when it is healthy, and may leave any member as primary.</summary>
public abstract class SharedGroup(GroupOptions options) : IAsyncLifetime
{
    private Group? _group;

    public Group Group => _group ?? throw new InvalidOperationException("the group was not started");

    public async ValueTask InitializeAsync() => _group = await Group.StartAsync(options);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _group?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}

/// <summary>Three members, zero-loss, going on with one copy when it must.</summary>
public sealed class ZeroLossGroup() : SharedGroup(new GroupOptions());

/// <summary>Two members, zero-loss, going on with one copy when it must.</summary>
public sealed class TwoMemberGroup() : SharedGroup(new GroupOptions { Members = 2, Unprotected = "allow" });

/// <summary>One group for all that happens to two members.</summary>
[CollectionDefinition(Name)]
public sealed class Pair : ICollectionFixture<TwoMemberGroup>
{
    public const string Name = "pair";
}

/// <summary>One group for all that happens to its etcd.</summary>
[CollectionDefinition(Name)]
public sealed class DisturbedEtcd : ICollectionFixture<ZeroLossGroup>
{
    public const string Name = "etcd";
}

/// <summary>One group for the classes whose tests leave it healthy soon: starting one takes longer than most of them.</summary>
[CollectionDefinition(Name)]
public sealed class QuietGroup : ICollectionFixture<ZeroLossGroup>
{
    public const string Name = "quiet";
}
