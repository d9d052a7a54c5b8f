using System.Globalization;
using Holdfast.Cli.Client;
using Holdfast.Cli.Status;
using Holdfast.Cli.Terminals;

namespace Holdfast.Cli.Sites;

/// <summary>A runbook for people: what is known now, and the steps in order with who does each.</summary>
internal static class RunbookText
{
    private const int Label = 12;

    /// <returns>Lines of markup, each at most <paramref name="width"/> columns.</returns>
    public static IEnumerable<string> Render(Runbook runbook, StorePicture picture, int width)
    {
        var title = char.ToUpperInvariant(runbook.Kind[0]) + runbook.Kind[1..];
        yield return Terminal.Styled($"{title} of {runbook.Store}: {runbook.To} takes over from {runbook.From}", "bold");
        foreach (var (label, text, style) in Facts(runbook, picture))
        {
            foreach (var line in TextFlow.Hanging(label, text, 2, Label, width))
            {
                yield return Terminal.Styled(line, style);
            }
        }

        var step = runbook.Steps.Max(one => one.Step.Length) + 2;
        var who = runbook.Steps.Max(one => one.Who.Length) + 2;
        for (var at = 0; at < runbook.Steps.Length; at++)
        {
            var one = runbook.Steps[at];
            var label = $"{(at + 1).ToString(CultureInfo.InvariantCulture),2} {one.Step.PadRight(step)}{one.Who.PadRight(who)}";
            foreach (var line in TextFlow.Hanging(label, one.What, 2, label.Length, width))
            {
                yield return Terminal.Safe(line);
            }
        }
    }

    private static IEnumerable<(string Label, string Text, string Style)> Facts(Runbook runbook, StorePicture picture)
    {
        yield return ("From", Group(picture, runbook.From), "");
        yield return ("To", Group(picture, runbook.To), "");
        var lag = SitesBlock.Amount(runbook.LagSeconds, runbook.LagBytes);
        yield return ("Lag", lag is null ? "not known" : $"{runbook.To} is {lag} behind (RPO {SitesBlock.Seconds(runbook.RpoSeconds)})", "");
        if (runbook.Fence is { } fence)
        {
            yield return ("Fence", fence, "");
        }

        yield return runbook.Kind != "failover"
            ? ("Loss", "none: the new site has the last of the log before it takes over", "")
            : runbook.MayLackSeconds is not { } lack
                ? ("Loss", $"AN UNKNOWN AMOUNT of {runbook.From}'s work may be missing{Accepted(runbook)}", "bold red")
                : ("Loss", $"AT MOST {SitesBlock.Seconds(lack)} of {runbook.From}'s work may be missing{Accepted(runbook)}; " +
                    $"when {runbook.From} is back, 'holdfast loss' lists it", "bold red");
    }

    private static string Accepted(Runbook runbook) => runbook.AcceptDataLoss ? ", accepted (--accept-data-loss)" : "";

    private static string Group(StorePicture picture, string site)
    {
        var group = picture.At(site);
        var card = picture.Sites.Groups.FirstOrDefault(one => one.Site == site);
        var silent = card?.SilentSeconds is { } seconds && seconds >= SitesBlock.NoteSilence ? $", not heard for {SitesBlock.Seconds(seconds)}" : "";
        return !group.SomebodyAnswered ? $"{site}: no agent answers{silent}"
            : group.Primary is not { } leader ? $"{site}: nobody leads{silent}"
            : $"{site}: {leader.Name} {(group.IsPassive ? "leads the standbys" : "is primary")} ({leader.State}), " +
                $"{group.Status.Members.Count(member => member.Healthy)} of {group.Status.Members.Length} members healthy{silent}";
    }
}
