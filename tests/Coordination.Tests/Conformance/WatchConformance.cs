namespace Holdfast.Coordination.Tests.Conformance;

public abstract class WatchConformance(IStoreUnderTest store) : Conformance(store)
{
    [Fact]
    public async Task A_watch_begins_with_the_whole_and_goes_on_with_each_change_in_order()
    {
        await PutAsync("old", "0");
        await using var log = new WatchLog(Client, Prefix);
        await log.UntilAsync<WatchUpdate.Whole>();
        log.Updates[0].ShouldBeOfType<WatchUpdate.Whole>().Snapshot.Keys.Keys.ShouldBe([Prefix + "old"]);

        for (var number = 1; number <= 20; number++)
        {
            await PutAsync("new", number.ToString());
        }

        await DoAsync(new Operation.Delete(Prefix + "old"));
        await log.UntilAsync(seen => !seen.Keys.ContainsKey(Prefix + "old"));
        log.Values(Prefix + "new").ShouldBe(Enumerable.Range(1, 20).Select(number => number.ToString()));
        ShouldRise(log);
    }

    [Fact]
    public async Task All_keys_of_one_transaction_come_in_one_update()
    {
        await using var log = new WatchLog(Client, Prefix);
        await log.UntilAsync<WatchUpdate.Alive>();
        for (var round = 0; round < 20; round++)
        {
            await DoAsync([.. Enumerable.Range(0, 50)
                .Select(number => (Operation)new Operation.Put($"{Prefix}{number}", new string('x', 1000)))]);
        }

        var last = await PutAsync("last", "x");
        await log.UntilAsync(seen => seen.Keys.ContainsKey(Prefix + "last"));
        foreach (var changes in log.Updates.OfType<WatchUpdate.Changes>().Where(changes => changes.Revision < last.Revision))
        {
            changes.Keys.GroupBy(change => change.Value!.ModRevision).ShouldAllBe(revision => revision.Count() == 50);
            changes.Keys.Max(change => change.Value!.ModRevision).ShouldBe(changes.Revision);
        }

        ShouldRise(log);
    }

    [Fact]
    public async Task Keys_outside_the_prefix_are_not_seen()
    {
        await using var log = new WatchLog(Client, Prefix + "a/");
        await log.UntilAsync<WatchUpdate.Whole>();
        await DoAsync(new Operation.Put(Prefix + "b", "x"), new Operation.Put(Prefix + "a0", "x"), new Operation.Put(Prefix + "a/in", "x"));
        await log.UntilAsync(seen => seen.Keys.Count > 0);
        log.Keys.Keys.ShouldBe([Prefix + "a/in"]);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task An_idle_watch_says_again_and_again_that_it_is_alive()
    {
        await using var log = new WatchLog(Client, Prefix);
        await log.UntilAsync(seen => seen.Updates.OfType<WatchUpdate.Alive>().Count() >= 3);
        var revision = log.Updates.OfType<WatchUpdate.Whole>().Single().Snapshot.Revision;
        log.Updates.OfType<WatchUpdate.Alive>().ShouldAllBe(alive => alive.Revision == revision);
    }

    [Fact]
    public async Task A_key_that_loses_its_lease_is_seen_to_go()
    {
        var lease = await Client.GrantLeaseAsync(TimeSpan.FromMinutes(1), Cancel);
        await PutAsync("leased", "x", lease);
        await using var log = new WatchLog(Client, Prefix);
        await log.UntilAsync(seen => seen.Keys.Count == 1);
        await Client.RevokeLeaseAsync(lease, Cancel);
        await log.UntilAsync(seen => seen.Keys.Count == 0);
    }

    [Fact]
    public async Task A_cut_watch_says_so_and_misses_nothing()
    {
        var (fragile, cut, heal) = NewFragileClient();
        await using var log = new WatchLog(fragile, Prefix);
        await PutAsync("a", "1");
        await log.UntilAsync(seen => seen.Keys.Count == 1);

        cut();
        await log.UntilAsync<WatchUpdate.Disconnected>();
        await PutAsync("a", "2");
        await PutAsync("b", "x");
        await DoAsync(new Operation.Delete(Prefix + "b"));
        await PutAsync("a", "3");
        var before = log.Updates.Count;
        heal();

        await log.UntilAsync(seen => seen.Keys[Prefix + "a"].Text == "3");
        await log.UntilAsync<WatchUpdate.Alive>(before);
        log.Updates.OfType<WatchUpdate.Whole>().Count().ShouldBe(1);
        log.Values(Prefix + "a").TakeLast(2).ShouldBe(["2", "3"]);
        log.Values(Prefix + "b").ShouldBe(["x"]);
        ShouldRise(log);
    }

    [Fact]
    public async Task After_a_compaction_while_cut_comes_the_whole_anew()
    {
        var (fragile, cut, heal) = NewFragileClient();
        await using var log = new WatchLog(fragile, Prefix);
        await PutAsync("a", "1");
        await PutAsync("gone", "1");
        await log.UntilAsync(seen => seen.Keys.Count == 2);

        cut();
        await log.UntilAsync<WatchUpdate.Disconnected>();
        await DoAsync(new Operation.Delete(Prefix + "gone"));
        await PutAsync("a", "2");
        await Store.CompactAsync((await PutAsync("a", "3")).Revision);
        heal();

        await log.UntilAsync(seen => seen.Updates.OfType<WatchUpdate.Whole>().Count() == 2);
        log.Keys.Keys.ShouldBe([Prefix + "a"]);
        log.Keys[Prefix + "a"].Text.ShouldBe("3");
        await PutAsync("a", "4");
        await log.UntilAsync(seen => seen.Keys[Prefix + "a"].Text == "4");
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task No_change_is_missed_under_concurrent_writes_while_the_connection_comes_and_goes()
    {
        var (fragile, cut, heal) = NewFragileClient();
        await using var log = new WatchLog(fragile, Prefix);
        await log.UntilAsync<WatchUpdate.Alive>();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 3).Select(async writer =>
        {
            var client = NewClient();
            var number = 0;
            while (!stop.IsCancellationRequested)
            {
                await client.TransactAsync(new Transaction([], [new Operation.Put($"{Prefix}{writer}", (++number).ToString())]), Cancel);
                await Task.Delay(1, Cancel);
            }

            return number;
        }).ToArray();

        for (var round = 0; round < 4; round++)
        {
            var before = log.Updates.Count;
            cut();
            await log.UntilAsync<WatchUpdate.Disconnected>(before);
            heal();
            before = log.Updates.Count;
            await log.UntilAsync<WatchUpdate.Changes>(before);
        }

        await stop.CancelAsync();
        var written = await Task.WhenAll(writers);
        for (var writer = 0; writer < written.Length; writer++)
        {
            var (key, last) = ($"{Prefix}{writer}", written[writer]);
            await log.UntilAsync(seen => seen.Keys.TryGetValue(key, out var value) && value.Text == last.ToString());
            log.Values(key).ShouldBe(Enumerable.Range(1, last).Select(number => number.ToString()));
        }

        ShouldRise(log);
    }

    [Fact]
    public async Task Calls_of_a_cut_client_fail_as_unreachable()
    {
        var (fragile, cut, _) = NewFragileClient();
        await fragile.ReadAsync(Prefix, Cancel);
        cut();
        (await FaultOf(() => fragile.ReadAsync(Prefix, Cancel))).ShouldBe(CoordinationFault.Unreachable);
        (await FaultOf(() => fragile.TransactAsync(When(new Condition.Absent(Prefix + "a")), Cancel)))
            .ShouldBe(CoordinationFault.Unreachable);
        Should.Throw<CoordinationException>(() => fragile.KeepAlive(1, TimeSpan.FromSeconds(1)))
            .Fault.ShouldBe(CoordinationFault.Unreachable);
    }

    private static void ShouldRise(WatchLog log)
    {
        var revisions = log.Updates.Select(update => update switch
        {
            WatchUpdate.Whole whole => whole.Snapshot.Revision,
            WatchUpdate.Changes changes => changes.Revision,
            _ => (long?)null,
        }).OfType<long>().ToList();
        revisions.ShouldBe(revisions.Distinct().Order());
    }
}
