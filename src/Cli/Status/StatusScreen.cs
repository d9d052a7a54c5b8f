using Holdfast.Agent.Api;
using Holdfast.Cli.Client;
using Holdfast.Cli.Terminals;

namespace Holdfast.Cli.Status;

/// <summary>One group on one screen: who is primary, is it safe to lose a host and if not why, and how each member is.</summary>
internal static class StatusScreen
{
    private const int Label = 15;

    /// <returns>Lines of markup, each at most <paramref name="width"/> columns.</returns>
    public static IEnumerable<string> Render(GroupPicture picture, int width)
    {
        var status = picture.Status;
        yield return Head(picture, width);
        foreach (var line in Facts(picture).SelectMany(fact => Fact(fact.Label, fact.Text, fact.Style, width)))
        {
            yield return line;
        }

        yield return "";
        foreach (var line in Members(status, width).Render(width))
        {
            yield return line;
        }
    }

    /// <summary>A store with two sites: the shown site's group, what is known of the sites, and the other site's members.</summary>
    /// <param name="site">The site whose group comes first, with all that is known of it.</param>
    public static IEnumerable<string> Render(StorePicture picture, string site, int width)
    {
        var other = picture.Groups.First(group => group.Group.Site != site);
        return
        [
            .. Render(picture.At(site), width),
            "",
            .. SitesBlock.Render(picture, width),
            "",
            Head(other, width),
            .. Members(other.Status, width).Render(width),
        ];
    }

    private static string Head(GroupPicture picture, int width)
    {
        var status = picture.Status;
        var left = $"{status.System}: {status.Store} at {status.Site}";
        var right = !picture.SomebodyAnswered ? "nothing is known" : status.Epoch > 0 ? $"epoch {status.Epoch}, {status.Mode}" : "no record yet";
        var gap = new string(' ', Math.Max(2, width - left.Length - right.Length));
        return Terminal.Styled(left, "bold") + gap + Terminal.Safe(right);
    }

    private static IEnumerable<(string Label, string Text, string Style)> Facts(GroupPicture picture)
    {
        var status = picture.Status;
        yield return picture.Primary switch
        {
            { Healthy: true } leading when status.Mode == "passive" => ("Standby leader", $"{leading.Name}, reads at {leading.Address}", "green"),
            { } behind when status.Mode == "passive" => ("Standby leader", $"{behind.Name}, DOES NOT STREAM ({behind.State})", "bold red"),
            { Healthy: true } serving => ("Primary", $"{serving.Name}, clients connect to {serving.Address}", "green"),
            { } mute => ("Primary", $"{mute.Name}, NOT SERVING ({mute.State})", "bold red"),
            null when !picture.SomebodyAnswered => ("Primary", "not known", "bold red"),
            null => ("Primary", "NONE", "bold red"),
        };
        yield return status.SafeToLoseHost
            ? ("Host loss", $"SAFE: {status.Safety}", "green")
            : ("Host loss", $"NOT SAFE: {status.Safety}", "bold red");
        if (status.UnprotectedSince is { } since)
        {
            yield return ("Unprotected", $"since {Amounts.When(since)} UTC commits are on one host only", "bold red");
        }

        if (status.Candidates.Length > 0)
        {
            yield return ("Commits", $"wait for {status.Acks} of {string.Join(", ", status.Candidates)}", "");
        }

        yield return !picture.SomebodyAnswered
            ? ("Coordination", "not known", "yellow")
            : status.CoordinationReachable
            ? ("Coordination", "reachable", "")
            : ("Coordination", $"NOT REACHABLE{(status.CoordinationProblem is { } problem ? $": {problem}" : "")}", "yellow");
        foreach (var trouble in BackupNotes.Problems(picture))
        {
            yield return ("Backups", trouble, "bold red");
        }

        if (status.Paused)
        {
            yield return ("Paused", "nothing is promoted, demoted or restarted until 'holdfast resume'", "yellow");
        }

        if (status.Reason is { } reason)
        {
            yield return ("Last decision", $"{reason} ({status.Rule}, by {status.Member})", "");
        }
    }

    private static IEnumerable<string> Fact(string label, string text, string style, int width) =>
        TextFlow.Hanging("", text, 0, Label + 2, width).Select((line, at) =>
            $"  {(at == 0 ? label : "").PadRight(Label)}{Terminal.Styled(line[(Label + 2)..], style)}");

    private static TextTable Members(GroupStatus status, int width)
    {
        var table = new TextTable(
            2, new Column("MEMBER", Shrinks: true), new Column("ROLE"), new Column("STATE", Shrinks: true), new Column("TIMELINE", Right: true),
            new Column("LSN", Right: true), new Column("LAG", Right: true), new Column("ADDRESS", Shrinks: true));
        foreach (var member in status.Members)
        {
            table.Add(
                new Cell(member.Name, member.Name == status.Primary ? "bold" : ""),
                new Cell(Role(status, member)),
                new Cell(member.State, member.Healthy ? "green" : member.Job is null ? "red" : "yellow"),
                new Cell(member.Timeline?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-"),
                new Cell(member.Lsn ?? "-"),
                new Cell(member.LagBytes is { } lag ? Amounts.Bytes(lag) : "-"),
                new Cell(member.Address));
            foreach (var (label, text, style) in Notes(member))
            {
                foreach (var line in TextFlow.Hanging(label, text, 4, label.Length, width))
                {
                    table.AddLine(Terminal.Styled(line, style));
                }
            }
        }

        return table;
    }

    private static string Role(GroupStatus status, MemberStatus member) =>
        member.Role == "standby" && (member.Candidate || status.Candidates.Contains(member.Name)) ? "standby, sync" : member.Role;

    private static IEnumerable<(string Label, string Text, string Style)> Notes(MemberStatus member)
    {
        if (member.Fault is { } fault)
        {
            yield return ("fault: ", fault, "red");
        }

        if (member.Job is { } job)
        {
            yield return ("busy: ", job, "yellow");
        }

        if (member.PendingRestart.Length > 0)
        {
            yield return ("pending restart: ", $"{string.Join(", ", member.PendingRestart)} (holdfast restart {member.Name} --pending)", "yellow");
        }
    }
}
