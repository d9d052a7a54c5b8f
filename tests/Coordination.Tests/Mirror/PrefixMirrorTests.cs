using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Holdfast.Coordination.InMemory;
using Holdfast.Coordination.Mirror;

namespace Holdfast.Coordination.Tests.Mirror;

public sealed class PrefixMirrorTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly InMemoryStore _store = new(TimeProvider.System);
    private readonly List<Task> _running = [];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var running in _running)
        {
            await Should.ThrowAsync<OperationCanceledException>(running);
        }

        _stop.Dispose();
    }

    [Fact]
    public async Task The_picture_follows_the_store_and_says_whether_it_is_connected()
    {
        var client = new InMemoryCoordination(_store);
        var mirror = new PrefixMirror(client, "", TimeProvider.System);
        mirror.Current.IsLoaded.ShouldBeFalse();
        var changes = 0;
        mirror.Changed += () => Interlocked.Increment(ref changes);
        _running.Add(mirror.RunAsync(_stop.Token));
        await PutAsync(client, "a", "1");
        var picture = await UntilAsync(mirror, seen => seen.Keys.Count == 1 && seen.Connected);
        picture.Problem.ShouldBeNull();
        picture.LastConfirmed.ShouldNotBeNull();

        client.Faults.Unreachable = true;
        picture = await UntilAsync(mirror, seen => !seen.Connected);
        picture.Problem.ShouldNotBeNull().ShouldContain("cannot be reached");
        picture.Keys.Count.ShouldBe(1);
        var confirmed = picture.LastConfirmed;
        await PutAsync(new InMemoryCoordination(_store), "a", "2");
        mirror.Current.Keys["a"].Text.ShouldBe("1");

        client.Faults.Unreachable = false;
        picture = await UntilAsync(mirror, seen => seen.Connected && seen.Keys["a"].Text == "2");
        picture.LastConfirmed.ShouldNotBe(confirmed);
        picture.Problem.ShouldBeNull();
        changes.ShouldBeGreaterThanOrEqualTo(3);
    }

    [Fact]
    public async Task A_read_now_is_in_the_picture_when_it_returns()
    {
        var client = new InMemoryCoordination(_store);
        var mirror = new PrefixMirror(client, "", TimeProvider.System);
        var written = await PutAsync(client, "a", "1");
        var picture = await mirror.ReadNowAsync(_stop.Token);
        (picture.Revision, picture.Keys["a"].Text, picture.Connected).ShouldBe((written.Revision, "1", false));
        picture.LastConfirmed.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_failed_read_leaves_the_picture()
    {
        var client = new InMemoryCoordination(_store);
        var mirror = new PrefixMirror(client, "", TimeProvider.System);
        var before = mirror.Current;
        client.Faults.Unreachable = true;
        await Should.ThrowAsync<CoordinationException>(() => mirror.ReadNowAsync(_stop.Token));
        mirror.Current.ShouldBe(before);
    }

    [Fact]
    public async Task What_a_read_has_overtaken_does_not_take_the_picture_back()
    {
        var script = new ScriptedCoordination();
        var mirror = Run(script);
        script.Tell(new WatchUpdate.Whole(Snapshot(10, ("a", 5))));
        await UntilAsync(mirror, seen => seen.Revision == 10);
        script.Now = Snapshot(14, ("a", 12), ("b", 14));
        (await mirror.ReadNowAsync(_stop.Token)).Revision.ShouldBe(14);

        // Older than the read: of no effect, but a sign of life.
        script.Tell(new WatchUpdate.Changes(11, [("a", null)]));
        script.Tell(new WatchUpdate.Alive(11));
        var picture = await UntilAsync(mirror, seen => seen.Connected);
        picture.Keys.Keys.ShouldBe(["a", "b"]);

        // From before the read to after it: a is deleted at 11, as it was, created at 12, as it is; b changes at 15.
        script.Tell(new WatchUpdate.Changes(15, [("a", null), ("a", Key("a", 12)), ("b", Key("b", 14)), ("b", Key("b", 15))]));
        picture = await UntilAsync(mirror, seen => seen.Revision == 15);
        picture.Keys.Values.Select(key => (key.Key, key.ModRevision)).ShouldBe([("a", 12), ("b", 15)]);
    }

    [Fact]
    public async Task A_whole_older_than_a_read_is_ignored_but_a_store_that_went_back_is_believed()
    {
        var script = new ScriptedCoordination { Now = Snapshot(20, ("a", 20)) };
        var mirror = Run(script);
        await mirror.ReadNowAsync(_stop.Token);
        script.Tell(new WatchUpdate.Whole(Snapshot(18, ("a", 7))));
        (await UntilAsync(mirror, seen => seen.Connected)).Keys["a"].ModRevision.ShouldBe(20);

        script.Tell(new WatchUpdate.Whole(Snapshot(3, ("old", 2))));
        var picture = await UntilAsync(mirror, seen => seen.Revision == 3);
        picture.Keys.Keys.ShouldBe(["old"]);
    }

    private PrefixMirror Run(ICoordination coordination)
    {
        var mirror = new PrefixMirror(coordination, "", TimeProvider.System);
        _running.Add(mirror.RunAsync(_stop.Token));
        return mirror;
    }

    private Task<MirrorPicture> UntilAsync(PrefixMirror mirror, Func<MirrorPicture, bool> wanted) =>
        mirror.WaitForAsync(wanted, _stop.Token).WaitAsync(TimeSpan.FromSeconds(60));

    private static Task<TransactionResult> PutAsync(InMemoryCoordination client, string key, string text) =>
        client.TransactAsync(new Transaction([], [new Operation.Put(key, text)]), TestContext.Current.CancellationToken);

    private static KeyValue Key(string key, long revision) => new(key, ReadOnlyMemory<byte>.Empty, revision, revision, 0);

    private static PrefixSnapshot Snapshot(long revision, params (string Key, long Revision)[] keys) =>
        new(revision, keys.ToImmutableSortedDictionary(key => key.Key, key => Key(key.Key, key.Revision), StringComparer.Ordinal));

    /// <summary>Says what the test tells it to, to bring about orders of events that a store shows only by rare chance.</summary>
    private sealed class ScriptedCoordination : ICoordination
    {
        private readonly Channel<WatchUpdate> _updates = Channel.CreateUnbounded<WatchUpdate>();

        public PrefixSnapshot Now { get; set; } = Snapshot(1);

        public void Tell(WatchUpdate update) => _updates.Writer.TryWrite(update).ShouldBeTrue();

        public Task<PrefixSnapshot> ReadAsync(string prefix, CancellationToken cancellationToken) => Task.FromResult(Now);

        public async IAsyncEnumerable<WatchUpdate> WatchAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var update in _updates.Reader.ReadAllAsync(cancellationToken))
            {
                yield return update;
            }
        }

        public Task<TransactionResult> TransactAsync(Transaction transaction, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
        public Task<long> GrantLeaseAsync(TimeSpan timeToLive, CancellationToken cancellationToken) => throw new NotSupportedException();
        public Task<TimeSpan?> KeepAliveAsync(long leaseId, CancellationToken cancellationToken) => throw new NotSupportedException();
        public TimeSpan? KeepAlive(long leaseId, TimeSpan deadline) => throw new NotSupportedException();
        public Task RevokeLeaseAsync(long leaseId, CancellationToken cancellationToken) => throw new NotSupportedException();
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
