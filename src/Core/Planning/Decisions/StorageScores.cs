using System.Collections.Immutable;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>How a layout does for a store, criterion by criterion, in the order of <see cref="DatabaseStorage.Criteria"/>.</summary>
internal static class StorageScores
{
    public static ImmutableArray<Score> Of(StoreOnDisks store, StorageFigures figures) =>
        [Flush(store, figures), Apart(store, figures.Layout), Work(figures), Space(figures), Healing(figures), Moving(store, figures.Layout)];

    private static Score Flush(StoreOnDisks store, StorageFigures figures) => new(
        Steps.Used(figures.Flush, store.FlushBudget.Value),
        $"{QuantityText.Of(figures.Flush)}, of {QuantityText.Of(store.FlushBudget.Value)} that it may take; "
            + $"{QuantityText.Percent(figures.Late.Value)} of them are late");

    private static Score Apart(StoreOnDisks store, StorageLayout layout) => (layout.IsLocal, store.Members) switch
    {
        (true, 1) => new Score(0, "the host takes all there is along"),
        (true, _) => new Score(5, $"{store.Members} members share no disk, no network and no storage program"),
        (false, 1) => new Score(Math.Min(4, 2 + layout.Survives), $"hosts that may be lost: {layout.Survives}; all of it is one cluster"),
        _ => new Score(Math.Min(3, 1 + layout.Survives), $"hosts that may be lost: {layout.Survives}; all members are on one cluster"),
    };

    private static Score Work(StorageFigures figures)
    {
        var read = figures.BytesRead > 0 ? $" and {QuantityText.Digits(figures.BytesRead)} read" : "";
        return new Score(
            Steps.UpTo(figures.BytesWritten + figures.BytesRead, 3, 6, 9, 15, 24),
            $"{QuantityText.Digits(figures.BytesWritten)} bytes written{read} for one of a page");
    }

    /// <summary>The worse of the two: a small factor is no comfort where the store fills the pool.</summary>
    private static Score Space(StorageFigures figures)
    {
        var taken = figures.Usable.Bytes > 0 ? figures.Needed.Bytes / figures.Usable.Bytes : double.PositiveInfinity;
        return new Score(
            Math.Min(Steps.UpTo(figures.BytesOnDisks, 2, 3, 4.5, 6, 9), Steps.UpTo(taken, 0.1, 0.25, 0.5, 0.75, 1)),
            $"{QuantityText.Digits(figures.BytesOnDisks)} bytes on disks for one, {QuantityText.Percent(taken)} of what is usable");
    }

    private static Score Healing(StorageFigures figures) => figures.HealsIn is { } time
        ? new Score(Steps.UpTo(time.TotalMinutes, 10, 30, 60, 240, 720),
            $"{QuantityText.Of(time)}, with {QuantityText.Of(figures.HostLoss)} over the network")
        : new Score(0, "not before there is another host");

    private static Score Moving(StoreOnDisks store, StorageLayout layout) => layout.IsLocal
        ? new Score(store.Members > 2 ? 2 : store.Members > 1 ? 1 : 0, $"a member stays with its host; {Others(store.Members - 1)}")
        : new Score(5, "a volume follows its member to any host");

    private static string Others(int count) =>
        count switch { 0 => "there is no other", 1 => "the other goes on meanwhile", _ => $"the {count} others go on meanwhile" };
}
