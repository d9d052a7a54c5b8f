using System.Globalization;
using System.Text;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Tests.Planning.Decisions;

/// <summary>The tables of docs/PLANNING-DECISIONS.md, made from the model.</summary>
internal static class DecisionDocument
{
    /// <summary>By the name in the marker.</summary>
    public static readonly IReadOnlyDictionary<string, Func<string>> Tables = new Dictionary<string, Func<string>>
    {
        ["kubernetes facts"] = () => Facts("kubernetes", DecisionFactRows.Kubernetes, new KubernetesFacts()),
        ["cloud facts"] = () => Facts("cloud", DecisionFactRows.Cloud, new CloudFacts()),
        ["storage facts"] = () => Facts("storage", DecisionFactRows.Storage, new StorageFacts()),
        ["kubernetes criteria"] = () => Criteria(KubernetesBackup.Of(new KubernetesFacts()).Decision),
        ["kubernetes defaults"] = () => Scores(KubernetesBackup.Of(new KubernetesFacts()).Decision),
        ["kubernetes situations"] = () =>
            Situations(DecisionSituations.Kubernetes.Select(one => (one.Name, KubernetesBackup.Of(one.Facts).Decision))),
        ["kubernetes inventory"] = () => Inventory(KubernetesBackup.Of(DecisionSituations.Kubernetes[2].Facts)),
        ["cloud criteria"] = () => Criteria(CloudFootprint.Of(new CloudFacts()).Decision),
        ["cloud defaults"] = () => Scores(CloudFootprint.Of(new CloudFacts()).Decision),
        ["cloud availability"] = () => Availabilities(CloudFootprint.Of(new CloudFacts())),
        ["cloud situations"] = () => Situations(DecisionSituations.Cloud.Select(one => (one.Name, CloudFootprint.Of(one.Facts).Decision))),
        ["cloud reasons"] = () => Reasons(CloudFootprint.Of(new CloudFacts { Reasons = [.. Enum.GetValues<CloudReason>()] })),
        ["storage criteria"] = () => Criteria(DatabaseStorage.Of(DecisionSituations.Ceph, DecisionSituations.Store).Decision),
        ["storage example"] = () => Scores(DatabaseStorage.Of(DecisionSituations.Ceph, DecisionSituations.Store).Decision),
        ["storage figures"] = () => Figures(DatabaseStorage.Of(DecisionSituations.Ceph, DecisionSituations.Store)),
        ["storage writes"] = Writes,
        ["storage situations"] = () =>
            Situations(DecisionSituations.Storage.Select(one => (one.Name, DatabaseStorage.Of(one.Facts, one.Store).Decision))),
    };

    private static string Facts<T>(string of, IEnumerable<DecisionFact<T>> rows, T usual)
        where T : notnull => Table(
        [$"key below `planning.{of}:`", "default", "reason"], rows.Select(row => (string[])[$"`{row.Key}`", row.Value(usual).Text, row.Reason]));

    private static string Criteria(ScoredDecision decision) => Table(
        ["criterion", "weight", "asks", "why it weighs that much"],
        decision.Criteria.Select(one => (string[])[one.Name, QuantityText.Percent(one.Weight), one.Asks, one.Why]));

    private static string Scores(ScoredDecision decision) => Table(
        ["option", .. decision.Criteria.Select(criterion => criterion.Name), "total", "ruled out, for"],
        decision.Ranking.Select(option => (string[])
        [
            option == decision.Chosen ? $"**{option.Name}**" : option.Name,
            .. option.Scores.Select(score => Text(score.Points)),
            Text(decision.Total(option)),
            string.Join("; ", option.Gates.Select(gate => gate.What)),
        ]));

    private static string Situations(IEnumerable<(string Name, ScoredDecision Decision)> all) => Table(
        ["situation", "chosen", "total", "what would change it"],
        all.Select(one => (string[])
        [
            one.Name, one.Decision.Chosen?.Name ?? $"none; nearest: {one.Decision.Nearest.Name}", Text(one.Decision.Total(one.Decision.Nearest)),
            one.Decision.Overturn?.InWords ?? (one.Decision.Chosen is null
                ? string.Join("; ", one.Decision.Nearest.Gates.Select(gate => gate.Change)) : "no weight of any one criterion"),
        ]));

    private static string Inventory(KubernetesBackup backup) => Table(
        ["what", "state", "by, or what it means", "in this file", "to do"],
        backup.Inventory.Select(item => (string[])
        [
            item.What, item.State switch { InventoryState.Covered => "covered", InventoryState.NotCovered => "**not covered**", _ => "not needed" },
            item.By, item.InThisFile ? "yes" : "no", item.Remedy ?? "",
        ]));

    private static string Availabilities(CloudFootprint footprint) => Table(
        ["shape", "the clouds", "a year without", "with one's own part", "a year without", "a month costs"],
        footprint.Figures.Zip(footprint.Decision.Options).Select(pair => (string[])
        [
            pair.Second.Name, QuantityText.Available(pair.First.Platform), QuantityText.Of(pair.First.PlatformDowntimeAYear),
            QuantityText.Available(pair.First.Whole), QuantityText.Of(pair.First.WholeDowntimeAYear), Text(pair.First.SpendAMonth.Amount),
        ]));

    private static string Reasons(CloudFootprint footprint) => Table(
        ["reason", "holds", "why", "instead"],
        footprint.Reasons.Select(one => (string[])[CloudReasons.Words(one.Reason), one.IsValid ? "yes" : "no", one.Why, one.Instead ?? ""]));

    private static string Figures(DatabaseStorage storage) => Table(
        ["layout", "usable", "bytes on disks", "written for a byte", "read for a byte", "flush", "a lost host moves", "healed in"],
        storage.Figures.Select(one => (string[])
        [
            one.Layout.Name, QuantityText.Of(one.Usable), Text(one.BytesOnDisks), Text(one.BytesWritten), Text(one.BytesRead),
            QuantityText.Of(one.Flush), QuantityText.Of(one.HostLoss), QuantityText.Of(one.HealsIn, "not by itself"),
        ]));

    private static string Writes()
    {
        var page = new ByteCount(8192);
        (int K, int M)[] codes = [(2, 2), (4, 2), (6, 3), (8, 3)];
        return Table(
            ["layout", "space", "written, as it was", "read, as it was", "written, optimized", "read, optimized"],
            [
                ["3 copies", "3", "3", "0", "3", "0"],
                .. codes.Select(code =>
                {
                    var was = ErasureWrite.Of(code.K, code.M, new ByteCount(4096), page, optimized: false);
                    var now = ErasureWrite.Of(code.K, code.M, new ByteCount(16_384), page, optimized: true);
                    return (string[])
                    [
                        $"{code.K}+{code.M}", Text(new StorageLayout(StoragePool.Capacity, code.K, code.M).Overhead),
                        Text(was.WriteFactor(page)), Text(was.ReadFactor(page)), Text(now.WriteFactor(page)), Text(now.ReadFactor(page)),
                    ];
                }),
            ]);
    }

    private static string Table(string[] head, IEnumerable<string[]> rows)
    {
        var text = new StringBuilder();
        text.Append("| ").AppendJoin(" | ", head).Append(" |\n|").Insert(text.Length, "---|", head.Length).Append('\n');
        foreach (var row in rows)
        {
            text.Append("| ").AppendJoin(" | ", row).Append(" |\n");
        }

        return text.ToString();
    }

    private static string Text(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);
}
