using Holdfast.Cli.Terminals;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Decisions;

namespace Holdfast.Cli.Planning.Decisions;

/// <summary>The decisions around a plan on the terminal, each with its verdict first.</summary>
internal static class DecisionScreen
{
    /// <param name="currency">How amounts are written.</param>
    /// <param name="compare">All options with their scores, and not the chosen one's alone.</param>
    /// <returns>Lines of markup, each at most <paramref name="width"/> columns; none where no decision was asked for.</returns>
    public static IEnumerable<string> Render(PlanDecisions decisions, string currency, bool compare, int width)
    {
        IEnumerable<string>[] parts =
        [
            decisions.Kubernetes is { } backup ? Kubernetes(backup, compare, width) : [],
            decisions.Cloud is { } footprint ? Cloud(footprint, currency, compare, width) : [],
            .. decisions.Storage.Select(storage => Storage(storage, compare, width)),
        ];
        return parts.Where(part => part.Any()).SelectMany(part => part.Prepend(""));
    }

    private static IEnumerable<string> Kubernetes(KubernetesBackup backup, bool compare, int width) =>
    [
        .. DecisionLines.Verdict(backup.Decision, width),
        .. DecisionLines.Reasons(backup.Decision, width),
        .. DecisionLines.Change(backup.Decision, width),
        .. compare ? DecisionLines.Options(backup.Decision, width) : [],
        "",
        .. InventoryLines.Render(backup, width),
    ];

    private static IEnumerable<string> Cloud(CloudFootprint footprint, string currency, bool compare, int width) =>
    [
        .. DecisionLines.Verdict(footprint.Decision, width),
        .. DecisionLines.Reasons(footprint.Decision, width),
        .. DecisionLines.Change(footprint.Decision, width),
        .. CloudLines.Reasons(footprint, width),
        .. DecisionLines.Wrapped("to do", footprint.Conditions, "yellow", width),
        .. compare ? DecisionLines.Options(footprint.Decision, width) : [],
        "",
        .. CloudLines.Figures(footprint, currency, width),
    ];

    private static IEnumerable<string> Storage(DatabaseStorage storage, bool compare, int width) =>
    [
        .. DecisionLines.Verdict(storage.Decision, width),
        .. DecisionLines.Reasons(storage.Decision, width),
        .. DecisionWords.Layout(storage).SelectMany(figure => DecisionLines.Wrapped(figure.Label, [figure.Text], "", width)),
        .. DecisionLines.Wrapped("note", storage.Notes, "", width),
        .. DecisionLines.Change(storage.Decision, width),
        .. compare ? DecisionLines.Options(storage.Decision, width) : [],
        .. compare ? StorageLines.Figures(storage, width) : [],
    ];
}
