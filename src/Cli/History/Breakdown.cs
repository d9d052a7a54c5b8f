using System.Globalization;
using Holdfast.Agent.Api;

namespace Holdfast.Cli.History;

/// <summary>What a change of primary cost, step by step, in one line.</summary>
internal static class Breakdown
{
    /// <summary><c>first commit after 165 ms: detected 0, promised 12, elected 25, promoted 140</c>; null: nothing was measured.</summary>
    public static string? Of(HistoryEntry entry)
    {
        (string Name, double? Ms)[] steps =
        [
            ("detected", entry.DetectedMs), ("promised", entry.PromisedMs), ("elected", entry.ElectedMs), ("promoted", entry.PromotedMs),
        ];
        var known = string.Join(", ", steps.Where(step => step.Ms is not null).Select(step => $"{step.Name} {Number(step.Ms!.Value)}"));
        return (entry.FirstCommitMs, known) switch
        {
            ({ } commit, "") => $"first commit after {Number(commit)} ms",
            ({ } commit, _) => $"first commit after {Number(commit)} ms: {known}",
            (null, "") => null,
            (null, _) => $"{known} ms; no commit measured",
        };
    }

    private static string Number(double milliseconds) => Math.Round(milliseconds).ToString("F0", CultureInfo.InvariantCulture);
}
