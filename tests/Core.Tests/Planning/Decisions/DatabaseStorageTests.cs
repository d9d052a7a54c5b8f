using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Tests.Planning.Decisions;

public sealed class DatabaseStorageTests
{
    private const string Copies3 = "Ceph, 3 copies, performance pool";
    private const string Copies2 = "Ceph, 2 copies, performance pool";
    private const string Slow3 = "Ceph, 3 copies, capacity pool";
    private const string Coded = "Ceph, erasure code 4+2, performance pool";

    private static readonly StorageFacts Ceph = new() { CephHosts = 8, CapacityDisks = 12, ErasureOverwrites = true };

    [Fact]
    public void Members_that_are_copies_of_each_other_belong_on_disks_of_their_own() => Chosen(Ceph, Store()).ShouldBe("local disks");

    [Fact]
    public void A_member_alone_belongs_on_three_copies_on_flash()
    {
        var storage = DatabaseStorage.Of(Ceph, Store() with { Members = 1 });
        storage.Decision.Chosen!.Name.ShouldBe(Copies3);
        storage.Pool.ShouldBe(StoragePool.Performance);
        GatesOf(Ceph, Store() with { Members = 1 }, "local disks").ShouldBe(["there is one member: its host takes the data along"]);
    }

    [Fact]
    public void What_is_large_and_seldom_waited_for_goes_to_the_capacity_pool()
    {
        var archive = Store() with { Members = 1, Size = Said(new ByteCount(80e12)), FlushBudget = Said(TimeSpan.FromMilliseconds(100)) };
        GatesOf(Ceph, archive, Copies3).ShouldHaveSingleItem().ShouldStartWith("80 TB do not fit");
        var storage = DatabaseStorage.Of(Ceph, archive);
        storage.Pool.ShouldBe(StoragePool.Capacity);
        storage.Decision.Chosen.ShouldNotBeNull();
    }

    [Fact]
    public void Where_members_follow_asynchronously_the_host_takes_the_latest_commits_along() =>
        GatesOf(Ceph, Store() with { Synchronous = false }, "local disks").ShouldHaveSingleItem().ShouldStartWith("members follow asynchronously");

    [Fact]
    public void Without_a_Ceph_cluster_there_are_local_disks_only()
    {
        var storage = DatabaseStorage.Of(new StorageFacts(), Store());
        storage.Decision.Chosen!.Name.ShouldBe("local disks");
        storage.Decision.Options.Skip(1).All(option => option.Gates.Any(gate => gate.What == "there is no Ceph cluster")).ShouldBeTrue();
    }

    [Fact]
    public void Chunks_need_hosts_of_their_own()
    {
        GatesOf(Ceph with { CephHosts = 5 }, Store(), Coded).ShouldBe(["6 chunks must lie on as many hosts, and there are 5"]);
        GatesOf(Ceph with { CephHosts = 2 }, Store(), Copies3).ShouldBe(["3 chunks must lie on as many hosts, and there are 2"]);
        GatesOf(Ceph with { CapacityDisks = 0 }, Store() with { FlushBudget = Said(TimeSpan.FromSeconds(1)) }, Slow3)
            .ShouldBe(["there are no disks for this pool"]);
    }

    /// <summary>Ceph, "Erasure code": overwrites are a setting of the pool, and need BlueStore.</summary>
    [Fact]
    public void A_block_device_on_an_erasure_code_needs_overwrites_and_these_need_BlueStore()
    {
        GatesOf(Ceph with { ErasureOverwrites = false }, Store(), Coded)
            .ShouldHaveSingleItem().ShouldStartWith("an erasure-coded pool takes whole objects only");
        GatesOf(Ceph with { BlueStore = false }, Store(), Coded).ShouldHaveSingleItem().ShouldStartWith("overwrites need BlueStore");
    }

    /// <summary>Ceph, "Pools": size 2 risks data loss; "Erasure code": m = 1 is strongly discouraged.</summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public void Two_copies_and_one_coding_chunk_are_no_home_for_anything(int members, bool synchronous)
    {
        var store = Store() with { Members = members, Synchronous = synchronous };
        GatesOf(Ceph, store, Copies2).ShouldHaveSingleItem().ShouldStartWith("two copies risk data loss");
        GatesOf(Ceph with { CodingChunks = 1 }, store, "Ceph, erasure code 4+1, performance pool")
            .ShouldHaveSingleItem().ShouldStartWith("with 1 for code");
    }

    [Fact]
    public void A_flush_that_takes_longer_than_its_budget_rules_out()
    {
        GatesOf(Ceph, Store(), Slow3).ShouldBe(["a flush takes 8.4 ms, and its budget is 2 ms"]);
        GatesOf(Ceph, Store() with { LocalFlush = Said(TimeSpan.FromMilliseconds(5)) }, "local disks")
            .ShouldBe(["a flush takes 5 ms, and its budget is 2 ms"]);
    }

    /// <summary>Ceph blog, "Ceph Reef Freeze Part 1: RBD Performance": synchronous writes of 4 KB to three copies in less than 0.5 ms.</summary>
    [Fact]
    public void A_flush_to_three_copies_takes_what_Ceph_has_measured_and_one_to_a_code_reads_before()
    {
        Figures(Ceph, Store(), Copies3).Flush.TotalMilliseconds.ShouldBeInRange(0.3, 0.5);
        // One round trip and one read more: 0.05 and 0.1 ms.
        (Figures(Ceph, Store(), Coded).Flush - Figures(Ceph, Store(), Copies3).Flush).TotalMilliseconds.ShouldBe(0.15, 1e-6);
    }

    /// <summary>The same article: 25 GB/s of writes are 75 with their copies, and 800,000 writes a second are 2.4 million.</summary>
    [Fact]
    public void What_one_client_writes_three_disks_write()
    {
        var factor = Figures(Ceph, Store() with { Members = 1 }, Copies3).BytesWritten;
        (25 * factor).ShouldBe(75, 1e-9);
        (0.8 * factor).ShouldBe(2.4, 1e-9);
    }

    [Fact]
    public void Copies_of_copies_multiply_and_the_plan_says_so()
    {
        Figures(Ceph, Store(), Copies3).BytesOnDisks.ShouldBe(9, 1e-9);
        Figures(Ceph, Store(), Coded).BytesOnDisks.ShouldBe(4.5, 1e-9);
        Figures(Ceph, Store(), Coded).BytesWritten.ShouldBe(9, 1e-9);
        Figures(Ceph, Store(), "local disks").BytesOnDisks.ShouldBe(6, 1e-9);
        var tight = Ceph with { LocalCapacity = new ByteCount(1e9) };
        var notes = DatabaseStorage.Of(tight, Store()).Notes;
        notes.ShouldContain("3 members, each on 3 times its size: 9 bytes on disks for one byte of orders.");
        notes.ShouldContain("All members are on one Ceph cluster: what stops that cluster stops every one of them.");
    }

    [Theory]
    [InlineData(1e12, 4)]
    [InlineData(100e12, 3)]
    [InlineData(300e12, 1)]
    [InlineData(400e12, 0)]
    public void Space_is_worth_less_the_fuller_the_pool_is(double bytes, int points)
    {
        // Three copies on turning disks hold 381 TB.
        var decision = DatabaseStorage.Of(Ceph, Store() with { Members = 1, Size = Said(new ByteCount(bytes)) }).Decision;
        decision.Options.Single(option => option.Name == Slow3).Scores[3].Points.ShouldBe(points);
    }

    [Fact]
    public void A_lost_host_is_made_good_by_those_that_are_left_if_there_is_one_to_spare()
    {
        // 3 × 100 GB × 3 copies on 8 hosts: 112.5 GB each, over 7 lines of half of 10 Gbit/s.
        var figures = Figures(Ceph, Store(), Copies3);
        figures.HostLoss.Bytes.ShouldBe(112.5e9, 1);
        figures.DiskLoss.Bytes.ShouldBe(112.5e9 / 4, 1);
        figures.HealsIn!.Value.TotalSeconds.ShouldBe(112.5e9 / (7 * 625e6), 0.01);
        // 3 × 100 GB × 1.5 on 8 hosts: 56.25 GB each, and four times that to read.
        Figures(Ceph, Store(), Coded).HostLoss.Bytes.ShouldBe(4 * 56.25e9, 1);
        Figures(Ceph with { CephHosts = 3 }, Store(), Copies3).HealsIn.ShouldBeNull();
        Figures(Ceph, Store(), "local disks").HostLoss.Bytes.ShouldBe(100e9);
    }

    [Fact]
    public void Whoever_waits_for_more_disks_waits_for_a_late_one_more_often()
    {
        Figures(Ceph, Store(), Copies3).Late.Value.ShouldBe(1 - Math.Pow(0.99, 3), 1e-12);
        Figures(Ceph, Store(), Coded).Late.Value.ShouldBe(1 - Math.Pow(0.99, 6), 1e-12);
    }

    [Fact]
    public void Impossible_facts_are_refused()
    {
        Should.Throw<ImpossibleException>(() => DatabaseStorage.Of(Ceph with { DataChunks = 1 }, Store())).Message.ShouldContain("one is a copy");
        Should.Throw<ImpossibleException>(() => DatabaseStorage.Of(Ceph with { CephHosts = -1 }, Store())).Message.ShouldContain("-1 hosts");
        Should.Throw<ImpossibleException>(() => DatabaseStorage.Of(Ceph, Store() with { Members = 0 }))
            .Message.ShouldContain("a store orders of 0 members");
    }

    internal static StoreOnDisks Store() => new()
    {
        Name = "orders",
        Size = Said(new ByteCount(100e9)),
        LocalFlush = Said(TimeSpan.FromMicroseconds(100)),
        FlushBudget = Said(TimeSpan.FromMilliseconds(2)),
    };

    internal static Fact<T> Said<T>(T value)
        where T : notnull => Fact.Declared(value, "the test");

    private static string? Chosen(StorageFacts facts, StoreOnDisks store) => DatabaseStorage.Of(facts, store).Decision.Chosen?.Name;

    private static StorageFigures Figures(StorageFacts facts, StoreOnDisks store, string name) =>
        DatabaseStorage.Of(facts, store).Figures.Single(one => one.Layout.Name == name);

    private static string[] GatesOf(StorageFacts facts, StoreOnDisks store, string name) =>
        [.. DatabaseStorage.Of(facts, store).Decision.Options.Single(option => option.Name == name).Gates.Select(gate => gate.What)];
}
