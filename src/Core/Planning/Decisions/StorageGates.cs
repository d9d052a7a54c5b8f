using System.Collections.Immutable;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>Why a layout cannot be had for a store, and what would open it.</summary>
internal static class StorageGates
{
    public static ImmutableArray<Gate> Of(StorageFacts facts, StoreOnDisks store, StorageFigures figures)
    {
        var layout = figures.Layout;
        if (layout.IsLocal)
        {
            return [.. OfLocal(store), .. OfFlush(store, figures), .. OfSpace(figures)];
        }

        // Whether it fits is no question where it could not lie anywhere.
        var cluster = OfCluster(facts, layout).ToList();
        return [.. cluster, .. OfSafety(layout), .. OfFlush(store, figures), .. cluster.Count == 0 ? OfSpace(figures) : []];
    }

    private static IEnumerable<Gate> OfLocal(StoreOnDisks store)
    {
        if (store.Members == 1)
        {
            yield return new Gate("there is one member: its host takes the data along", "another member, and commits that wait for it");
        }
        else if (!store.Synchronous)
        {
            yield return new Gate("members follow asynchronously: the primary's host takes the latest commits along",
                "a commit that waits for another member");
        }
    }

    private static IEnumerable<Gate> OfCluster(StorageFacts facts, StorageLayout layout)
    {
        if (facts.CephHosts == 0)
        {
            yield return new Gate("there is no Ceph cluster", $"one of at least {layout.Hosts} hosts");
        }
        else if (facts.CephHosts < layout.Hosts)
        {
            yield return new Gate(
                $"{layout.Hosts} chunks must lie on as many hosts, and there are {facts.CephHosts}",
                $"{layout.Hosts} hosts; {layout.Hosts + 1} to heal by itself");
        }

        var disks = layout.Pool == StoragePool.Performance ? facts.PerformanceDisks : facts.CapacityDisks;
        if (facts.CephHosts > 0 && disks == 0)
        {
            yield return new Gate("there are no disks for this pool", "disks of this kind in each host");
        }

        if (layout.IsErasureCoded && !facts.BlueStore)
        {
            yield return new Gate("overwrites need BlueStore, whose checksums find what was overwritten in part", "BlueStore on every disk");
        }
        else if (layout.IsErasureCoded && !facts.ErasureOverwrites)
        {
            yield return new Gate("an erasure-coded pool takes whole objects only, and a block device overwrites", "allow_ec_overwrites on the pool");
        }
    }

    /// <summary>
    /// Ceph, "Pools": a size of 2 or a min_size of 1 in production risks data loss, and is for emergencies and for a while. "Erasure code": m = 1 is
    /// strongly discouraged for production data. That a store has a copy on another member is no way out: an image lies in pieces on nearly all
    /// disks, so two disks that are lost together take pieces of every member's image along.
    /// </summary>
    private static IEnumerable<Gate> OfSafety(StorageLayout layout)
    {
        if (layout.Extra < 2)
        {
            yield return layout.IsErasureCoded
                ? new Gate($"with {layout.Extra} for code, each maintenance is one lost disk away from data loss", "at least 2 coding chunks")
                : new Gate("two copies risk data loss: two disks lost together take pieces of every image along", "3 copies");
        }
    }

    private static IEnumerable<Gate> OfFlush(StoreOnDisks store, StorageFigures figures)
    {
        if (figures.Flush > store.FlushBudget.Value)
        {
            yield return new Gate(
                $"a flush takes {QuantityText.Of(figures.Flush)}, and its budget is {QuantityText.Of(store.FlushBudget.Value)}",
                figures.Layout.IsLocal ? "a faster disk, or a larger budget" : "local disks, a faster pool or network, or a larger budget");
        }
    }

    private static IEnumerable<Gate> OfSpace(StorageFigures figures)
    {
        if (figures.Usable < figures.Needed)
        {
            yield return new Gate(
                $"{QuantityText.Of(figures.Needed)} do not fit into the {QuantityText.Of(figures.Usable)} that are usable",
                figures.Usable.Bytes > 0 ? $"{QuantityText.Digits(figures.Needed.Bytes / figures.Usable.Bytes)} times the disks" : "disks");
        }
    }
}
