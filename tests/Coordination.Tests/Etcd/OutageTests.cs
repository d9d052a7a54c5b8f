using Holdfast.Coordination.Tests.Conformance;
using Holdfast.Harness;
using Holdfast.Harness.Etcd;

namespace Holdfast.Coordination.Tests.Etcd;

/// <summary>Servers that die and come back, under a writer and a watch.</summary>
[Trait("Speed", "Slow")]
public class OutageTests
{
    private const string Key = "/system/number";

    [Fact]
    public async Task A_watch_misses_nothing_when_the_only_server_is_killed_and_restarted_under_writes()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        await using var client = cluster.Client();
        await using var log = new WatchLog(client, "/system/");
        await log.UntilAsync<WatchUpdate.Alive>();
        await using var writer = new Writer(cluster.Client());
        for (var round = 0; round < 3; round++)
        {
            await writer.UntilMoreAsync(50);
            var before = log.Updates.Count;
            await cluster.Servers[0].KillAsync();
            await log.UntilAsync<WatchUpdate.Disconnected>(before);
            await cluster.Servers[0].StartAsync();
            await log.UntilAsync<WatchUpdate.Changes>(before);
        }

        await writer.UntilMoreAsync(20);
        await ShouldHaveSeenAllAsync(writer, log);
        log.Updates.OfType<WatchUpdate.Whole>().Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_watch_and_a_writer_move_on_when_the_server_they_use_is_killed()
    {
        await using var cluster = await EtcdCluster.StartAsync(new EtcdOptions { Servers = 3 });
        await using var client = cluster.Client();
        await using var log = new WatchLog(client, "/system/");
        await log.UntilAsync<WatchUpdate.Alive>();
        await using var writer = new Writer(cluster.Client());
        foreach (var victim in cluster.Servers)
        {
            await writer.UntilMoreAsync(50);
            await victim.KillAsync();
            await writer.UntilMoreAsync(50);
            await victim.StartAsync();
        }

        await ShouldHaveSeenAllAsync(writer, log);
        log.Updates.OfType<WatchUpdate.Disconnected>().ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_frozen_server_is_noticed_within_the_request_timeout_and_left()
    {
        await using var cluster = await EtcdCluster.StartAsync(new EtcdOptions { Servers = 3 });
        // A server that does not lead: freezing the leader costs an election besides.
        var leader = (await cluster.Admin.LeaderAsync()).ShouldNotBeNull();
        var followers = cluster.Servers.Where(server => server != leader).ToList();
        await using var client = EtcdClients.Of(followers[0].ClientPort, followers[1].ClientPort);
        await using var log = new WatchLog(client, "/system/");
        await log.UntilAsync<WatchUpdate.Alive>();
        var before = log.Updates.Count;

        await followers[0].FreezeAsync();
        var frozen = TimeProvider.System.GetTimestamp();
        await log.UntilAsync<WatchUpdate.Disconnected>(before);
        var noticed = TimeProvider.System.GetElapsedTime(frozen);
        await log.UntilAsync(seen => seen.Updates[^1] is WatchUpdate.Alive);
        var again = TimeProvider.System.GetElapsedTime(frozen);

        TestContext.Current.SendDiagnosticMessage(
            $"noticed after {noticed.TotalMilliseconds:0} ms, attached again after {again.TotalMilliseconds:0} ms");
        noticed.ShouldBeLessThan(1.5 * EtcdClients.Timeout);
        again.ShouldBeLessThan(2 * EtcdClients.Timeout);
        await client.PutAsync(Key, "x");
        await log.UntilAsync(seen => seen.Keys.ContainsKey(Key));
    }

    [Fact]
    public async Task A_frozen_leader_is_survived()
    {
        await using var cluster = await EtcdCluster.StartAsync(new EtcdOptions { Servers = 3 });
        await using var client = cluster.Client();
        await using var log = new WatchLog(client, "/system/");
        await using var writer = new Writer(cluster.Client());
        await writer.UntilMoreAsync(20);
        var leader = (await cluster.Admin.LeaderAsync()).ShouldNotBeNull();
        await leader.FreezeAsync();
        await writer.UntilMoreAsync(20);
        leader.Thaw();
        await writer.UntilMoreAsync(20);
        await ShouldHaveSeenAllAsync(writer, log);
    }

    [Fact]
    public async Task A_member_cut_off_from_its_majority_is_not_silently_watched()
    {
        await using var cluster = await EtcdCluster.StartAsync(new EtcdOptions { Servers = 3 });
        await using var client = EtcdClients.Of(cluster.Servers[0].ClientPort);
        await using var log = new WatchLog(client, "/system/");
        await log.UntilAsync<WatchUpdate.Alive>();
        await cluster.Servers[1].FreezeAsync();
        await cluster.Servers[2].FreezeAsync();
        var before = log.Updates.Count;

        await log.UntilAsync<WatchUpdate.Disconnected>(before, seconds: 3);
        (await EtcdClients.FaultOf(() => client.ReadAsync("/system/", EtcdClients.Cancel))).Fault.ShouldBe(CoordinationFault.Indeterminate);

        before = log.Updates.Count;
        cluster.Servers[1].Thaw();
        cluster.Servers[2].Thaw();
        await log.UntilAsync<WatchUpdate.Alive>(before, seconds: 20);
    }

    private static async Task ShouldHaveSeenAllAsync(Writer writer, WatchLog log)
    {
        var last = await writer.StopAsync();
        await log.UntilAsync(seen => seen.Values(Key).Contains(last.ToString()), seconds: 20);
        // A number whose fate was in doubt may come again, even much later: a frozen server that thaws still delivers what it took in.
        // But for the first time the numbers come in order, and none is missing.
        var numbers = log.Values(Key).Select(int.Parse).ToList();
        if (log.Updates.OfType<WatchUpdate.Whole>().Last().Snapshot.Keys.TryGetValue(Key, out var first))
        {
            numbers.Insert(0, int.Parse(first.Text));
        }

        numbers.Distinct().ShouldBe(Enumerable.Range(numbers[0], numbers.Max() - numbers[0] + 1));
    }

    /// <summary>Counts up a key as fast as the store allows, without gaps.</summary>
    private sealed class Writer : IAsyncDisposable
    {
        private readonly ICoordination _client;
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;
        private int _acknowledged;

        public Writer(ICoordination client)
        {
            _client = client;
            _running = Task.Run(RunAsync);
        }

        public Task UntilMoreAsync(int count)
        {
            var goal = Volatile.Read(ref _acknowledged) + count;
            return Eventually.TrueAsync(
                () => Volatile.Read(ref _acknowledged) >= goal, TimeSpan.FromSeconds(30), () => "the writer does not get on");
        }

        public async Task<int> StopAsync()
        {
            await _stop.CancelAsync();
            await _running;
            return _acknowledged;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            await _client.DisposeAsync();
            _stop.Dispose();
        }

        private async Task RunAsync()
        {
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    await _client.PutAsync(Key, (_acknowledged + 1).ToString());
                    Interlocked.Increment(ref _acknowledged);
                }
                catch (CoordinationException exception) when (
                    exception.Fault is CoordinationFault.Indeterminate or CoordinationFault.Unreachable)
                {
                    await Task.Delay(20);
                }
            }
        }
    }
}
