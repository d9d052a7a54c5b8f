using Holdfast.Cli.Terminals;
using Holdfast.Core.Planning.Decisions;

namespace Holdfast.Cli.Planning.Decisions;

/// <summary>What must be there for a Kubernetes cluster to live again.</summary>
internal static class InventoryLines
{
    private const int Indent = 2;
    private const int Label = 14;

    /// <summary>What is missing first.</summary>
    public static IEnumerable<string> Render(KubernetesBackup backup, int width)
    {
        foreach (var line in TextFlow.Hanging("", DecisionWords.Counted(backup), Indent, 0, width))
        {
            yield return Terminal.Safe(line);
        }

        foreach (var item in backup.Inventory.OrderBy(Order))
        {
            var text = $"{item.What}: {item.By}{(item.Remedy is { } remedy ? $"; to do: {remedy}" : "")}";
            foreach (var line in TextFlow.Hanging(DecisionWords.State(item), text, Indent, Label, width))
            {
                yield return Terminal.Styled(line, item.State switch { InventoryState.NotCovered => "yellow", InventoryState.NotNeeded => "dim", _ => "" });
            }
        }
    }

    private static int Order(InventoryItem item) => item switch
    {
        { State: InventoryState.NotCovered } => 0,
        { State: InventoryState.NotNeeded } => 3,
        { InThisFile: false } => 1,
        _ => 2,
    };
}
