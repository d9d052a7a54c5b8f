using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Planning.Decisions;

/// <summary>What screen and page say of a decision, in the same words.</summary>
internal static class DecisionWords
{
    /// <summary>The answer; where nothing can be had, so, with what is nearest.</summary>
    public static string Verdict(ScoredDecision decision) =>
        decision.Chosen?.Name ?? $"none can be had; nearest: {decision.Nearest.Name}";

    public static string Total(ScoredDecision decision, DecisionOption option) => $"{QuantityText.Digits(decision.Total(option))} of {Score.Best}";

    /// <summary>The best of the others that can be had. Null: there is none.</summary>
    public static DecisionOption? Second(ScoredDecision decision) =>
        decision.Chosen is { } chosen ? decision.Ranking.FirstOrDefault(option => option != chosen && option.CanBeHad) : null;

    /// <summary>What would change the answer.</summary>
    public static string Change(ScoredDecision decision) => decision switch
    {
        { Overturn: { } overturn } => overturn.InWords,
        { Chosen: null } => "no weights: something that rules the options out would have to change",
        _ when Second(decision) is null => "no weights: nothing else can be had",
        _ => "no change of any one weight: another would not win with any",
    };

    public static string RuledOut(Core.Planning.Patterns.Gate gate) => $"cannot be had: {gate.What}; would need: {gate.Change}";

    public static string Weight(Criterion criterion) => QuantityText.Percent(criterion.Weight);

    /// <summary>How an item of the inventory stands.</summary>
    public static string State(InventoryItem item) => item switch
    {
        { State: InventoryState.NotCovered } => "NOT COVERED",
        { State: InventoryState.NotNeeded } => "not needed",
        { InThisFile: true } => "by option",
        _ => "elsewhere",
    };

    /// <summary>How much of what is needed is kept, and how much of it this file has nothing to say of.</summary>
    public static string Counted(KubernetesBackup backup)
    {
        var needed = backup.Inventory.Where(item => item.State != InventoryState.NotNeeded).ToList();
        var covered = needed.Count(item => item.State == InventoryState.Covered);
        var outside = needed.Count(item => !item.InThisFile);
        return $"{needed.Count} things are needed for a cluster to live again: {covered} come back by this option, {needed.Count - covered} do not; "
            + $"{outside} of them this file does not describe, whoever runs the cluster answers for them";
    }

    /// <summary>What a layout makes of one store.</summary>
    public static IEnumerable<(string Label, string Text)> Layout(DatabaseStorage storage)
    {
        var (taken, store) = (storage.Taken, storage.Store);
        yield return ("space", $"{QuantityText.Of(taken.Usable)} usable, {QuantityText.Of(taken.Needed)} needed"
            + (store.Members == 1 ? "" : taken.Layout.IsLocal ? $" on each of {store.Members} members" : $" by {store.Members} members together"));
        yield return ("flush", $"{QuantityText.Of(taken.Flush)} of a budget of {QuantityText.Of(store.FlushBudget.Value)}: {store.FlushBudget.Origin}");
        yield return ("loss", $"a lost host moves {QuantityText.Of(taken.HostLoss)} over the network, a lost disk "
            + $"{(taken.DiskLoss.Bytes > 0 ? QuantityText.Of(taken.DiskLoss) : "nothing")}; "
            + (taken.HealsIn is { } heals ? $"as safe as before in {QuantityText.Of(heals)}" : "as safe as before only with another host"));
    }

    /// <summary>The layouts for which there are disks: of others there are no figures to compare.</summary>
    public static IEnumerable<(StorageFigures Figures, DecisionOption Option)> ThatExist(DatabaseStorage storage) =>
        storage.Figures.Zip(storage.Decision.Options).Where(pair => pair.First.Usable.Bytes > 0);
}
