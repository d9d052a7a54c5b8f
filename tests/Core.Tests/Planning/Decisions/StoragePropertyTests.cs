using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Tests.Planning.Decisions;

/// <summary>What holds for all combinations of what decides.</summary>
public sealed class StoragePropertyTests
{
    private sealed record Situation(StorageFacts Facts, StoreOnDisks Store);

    private static IEnumerable<Situation> Situations => Better.Grid(
        new Situation(new StorageFacts { CapacityDisks = 12 }, DatabaseStorageTests.Store()),
        [.. ((int[])[0, 2, 3, 4, 6, 9]).Select(hosts => (Func<Situation, Situation>)(it => it with { Facts = it.Facts with { CephHosts = hosts } }))],
        [it => it, it => it with { Facts = it.Facts with { ErasureOverwrites = true } }],
        [it => it, it => it with { Facts = it.Facts with { CodingChunks = 1 } }, it => it with { Facts = it.Facts with { DataChunks = 2 } }],
        [.. ((int[])[1, 2, 3]).Select(members => (Func<Situation, Situation>)(it => it with { Store = it.Store with { Members = members } }))],
        [it => it, it => it with { Store = it.Store with { Synchronous = false } }],
        [it => it, it => it with { Store = it.Store with { Size = DatabaseStorageTests.Said(new ByteCount(5e12)) } }],
        [it => it, it => it with { Store = it.Store with { FlushBudget = DatabaseStorageTests.Said(TimeSpan.FromMilliseconds(40)) } }],
        [it => it, it => it with { Facts = it.Facts with { NetworkRoundTrip = TimeSpan.FromMilliseconds(1) } }]);

    private static readonly Dictionary<string, Func<Situation, Situation>> Improvements = new()
    {
        ["overwrites"] = it => it with { Facts = it.Facts with { ErasureOverwrites = true } },
        ["optimizations"] = it => it with { Facts = it.Facts with { ErasureOptimizations = true } },
        ["one more host"] = it => it with { Facts = it.Facts with { CephHosts = it.Facts.CephHosts + 1 } },
        ["more flash"] = it => it with { Facts = it.Facts with { PerformanceDisks = it.Facts.PerformanceDisks * 2 } },
        ["larger turning disks"] = it => it with { Facts = it.Facts with { CapacityDiskSize = it.Facts.CapacityDiskSize * 2 } },
        ["a nearer network"] = it => it with { Facts = it.Facts with { NetworkRoundTrip = it.Facts.NetworkRoundTrip / 2 } },
        ["a faster line"] = it => it with { Facts = it.Facts with { HostLine = it.Facts.HostLine * 4 } },
        ["more for recovery"] = it => it with { Facts = it.Facts with { RecoveryShare = new(0.7) } },
        ["faster flash"] = it => it with { Facts = it.Facts with { PerformanceFlush = it.Facts.PerformanceFlush / 2 } },
        ["faster turning disks"] = it => it with
        {
            Facts = it.Facts with { CapacityFlush = it.Facts.CapacityFlush / 8, CapacityRead = it.Facts.CapacityRead / 2 },
        },
        ["less to compute"] = it => it with { Facts = it.Facts with { OsdWork = it.Facts.OsdWork / 2 } },
        ["fuller disks"] = it => it with { Facts = it.Facts with { FullRatio = new(0.95) } },
        ["more local room"] = it => it with { Facts = it.Facts with { LocalCapacity = it.Facts.LocalCapacity * 4 } },
        ["a larger budget"] = it => it with { Store = it.Store with { FlushBudget = DatabaseStorageTests.Said(it.Store.FlushBudget.Value * 3) } },
        ["a faster local disk"] = it => it with { Store = it.Store with { LocalFlush = DatabaseStorageTests.Said(it.Store.LocalFlush.Value / 3) } },
        ["a smaller store"] = it => it with { Store = it.Store with { Size = DatabaseStorageTests.Said(it.Store.Size.Value * 0.3) } },
        ["synchronous members"] = it => it with { Store = it.Store with { Synchronous = true } },
    };

    public static TheoryData<string> Changes => [.. Improvements.Keys];

    [Fact]
    public void Every_decision_is_sound_and_its_figures_are_in_proportion()
    {
        foreach (var (facts, store) in Situations)
        {
            var storage = DatabaseStorage.Of(facts, store);
            storage.Decision.ShouldBeSound();
            storage.Notes.All(note => note.EndsWith('.')).ShouldBeTrue();
            Better.Check(
                storage.Figures.All(one => one.BytesOnDisks >= store.Members && one.BytesWritten >= one.BytesOnDisks - 1e-9),
                $"less on disks than there is, with {store.Members} members", facts);
        }
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_better_fact_never_lowers_an_option(string name)
    {
        foreach (var it in Situations)
        {
            var better = Improvements[name](it);
            var (before, after) = (DatabaseStorage.Of(it.Facts, it.Store).Decision, DatabaseStorage.Of(better.Facts, better.Store).Decision);
            foreach (var (now, then) in after.Options.Zip(before.Options))
            {
                now.ShouldNotBeLessThan(then, () => $"{name}: {Better.Told(it.Store)}, {Better.Told(it.Facts)}");
            }
        }
    }
}
