using System.Globalization;
using Holdfast.Agent.Api.Sites;
using Holdfast.Cli.Client;
using Holdfast.Cli.Terminals;

namespace Holdfast.Cli.Status;

/// <summary>The part of the screen about two sites: which is active, may it be lost, lag, link, the move on its way, and each site's group.</summary>
internal static class SitesBlock
{
    private const int Label = 15;
    /// <summary>From so many seconds on a site's silence is worth a word; its card comes each second.</summary>
    public const double NoteSilence = 4;

    /// <returns>Lines of markup, each at most <paramref name="width"/> columns.</returns>
    public static IEnumerable<string> Render(StorePicture picture, int width)
    {
        var sites = picture.Sites;
        var right = sites.ActiveSite is { } active ? $"{active} is active, site epoch {sites.SiteEpoch}" : "the active site is not known";
        yield return Terminal.Styled("Sites", "bold") + new string(' ', Math.Max(2, width - "Sites".Length - right.Length)) + Terminal.Safe(right);
        foreach (var (label, text, style) in Facts(picture))
        {
            var at = 0;
            foreach (var line in TextFlow.Hanging("", text, 0, Label + 2, width))
            {
                yield return $"  {(at++ == 0 ? label : "").PadRight(Label)}{Terminal.Styled(line[(Label + 2)..], style)}";
            }
        }

        yield return "";
        foreach (var line in Table(sites).Render(width))
        {
            yield return line;
        }
    }

    /// <summary><c>0.1 s, 2.0 kB</c>; null: neither is known.</summary>
    public static string? Amount(double? seconds, long? bytes) => (seconds, bytes) switch
    {
        (null, null) => null,
        ({ } known, null) => Seconds(known),
        (null, { } known) => Amounts.Bytes(known),
        ({ } time, { } size) => $"{Seconds(time)}, {Amounts.Bytes(size)}",
    };

    /// <summary>Tenths up to a minute, then minutes and hours.</summary>
    public static string Seconds(double seconds) => seconds switch
    {
        < 60 => $"{seconds.ToString("0.0", CultureInfo.InvariantCulture)} s",
        < 7200 => $"{(seconds / 60).ToString("0", CultureInfo.InvariantCulture)} min",
        < 172_800 => $"{(seconds / 3600).ToString("0", CultureInfo.InvariantCulture)} h",
        _ => $"{(seconds / 86_400).ToString("0", CultureInfo.InvariantCulture)} days",
    };

    private static IEnumerable<(string Label, string Text, string Style)> Facts(StorePicture picture)
    {
        var sites = picture.Sites;
        yield return !picture.SomebodyAnswered
            ? ("Site loss", "not known", "bold red")
            : sites.SafeToLoseSite
            ? ("Site loss", $"SAFE: {sites.Safety}", "green")
            : ("Site loss", $"NOT SAFE: {sites.Safety}", "bold red");
        var lag = Amount(sites.LagSeconds, sites.LagBytes) ?? "not known";
        yield return sites.LagAboveRpo
            ? ("Lag", $"{lag}; a site loss now may lose more than the RPO of {Seconds(sites.RpoSeconds)}", "bold red")
            : ("Lag", $"{lag} (RPO {Seconds(sites.RpoSeconds)})", "");
        yield return sites.Link is { } link ? ("Link", Link(link), LinkStyle(link)) : ("Link", "not known", "");
        yield return !picture.SomebodyAnswered
            ? ("Global scope", "not known", "")
            : sites.GlobalReachable
            ? ("Global scope", $"reachable, {Lease(sites)}", "")
            : ("Global scope", $"NOT REACHABLE{(sites.GlobalProblem is { } problem ? $": {problem}" : "")}; isolation: {sites.Isolation}", "yellow");
        if (sites.Move is { State: "running" } move)
        {
            var step = move.Steps.FirstOrDefault(step => !SitesWord.HasEnded(step));
            var doing = step is null ? "ending" : $"step {step.Step}, {step.State}{(step.Detail is { } detail ? $" ({detail})" : "")}";
            yield return ("Move", $"{move.Kind} to {move.To}: {doing}, for {move.RequestedBy}", "yellow");
        }
        else if (sites.Move is { State: "failed" } failed)
        {
            yield return ("Last move", $"{failed.Kind} to {failed.To} failed: {failed.Result}", "yellow");
        }
        else if (sites.Move is { } ended)
        {
            var when = ended.RequestedAt is { } at ? $" at {Amounts.When(at)} UTC" : "";
            yield return ("Last move", $"{ended.Kind} to {ended.To}{when}: {ended.Result}", "");
        }

        if (sites is { Rule: "SITE.refuse", Reason: { } reason })
        {
            yield return ("Waits for", reason, "bold red");
        }
    }

    private static string Lease(SiteStatus sites) => sites.Isolation == "continue"
        ? "isolation: continue (an operator decides)"
        : $"site lease {(sites.LeaseSite is { } holder ? $"held by {holder}" : "NOT HELD")}, isolation: fence, site-failover: {sites.SiteFailover}";

    private static string Link(LinkStatus link)
    {
        var parts = new List<string> { link.To is { } to && link.State == "streaming" ? $"streaming to {to}" : link.State };
        if (link.State != "streaming" || link.BacklogBytes > 0)
        {
            parts.Add(link.BacklogBytes is { } backlog ? $"{Amounts.Bytes(backlog)} kept" : "backlog not known");
        }

        if (link.State == "queueing")
        {
            parts.Add(link.FullInSeconds is { } full
                ? $"full in {Seconds(full)} at the present rate"
                : "the bound is not reached at the present rate");
        }

        if (link.State == "re-syncing")
        {
            parts.Add(link.CaughtUpInSeconds is { } caught ? $"caught up in {Seconds(caught)}" : "time to catch up not known");
        }

        if (link.State == "lost")
        {
            parts.Add("the queue was given up: the archive or a clone feeds the other site");
        }

        if (link.RateBytesPerSecond is { } rate)
        {
            parts.Add($"log grows by {Amounts.Bytes(rate)}/s");
        }

        if (link.RoundTripMs is { } trip)
        {
            parts.Add($"round trip {trip.ToString("0.0", CultureInfo.InvariantCulture)} ms");
        }

        if (link.EnforcingRpo)
        {
            parts.Add("COMMITS WAIT FOR THE OTHER SITE until it has caught up (enforce-rpo)");
        }

        if (link.WritesStopped)
        {
            parts.Add("WRITES ARE STOPPED: the queue is full (queue-full: stop-writes)");
        }

        return string.Join(", ", parts);
    }

    private static string LinkStyle(LinkStatus link) => link switch
    {
        { WritesStopped: true } or { State: "lost" } => "bold red",
        { State: "streaming", EnforcingRpo: false } => "",
        _ => "yellow",
    };

    private static TextTable Table(SiteStatus sites)
    {
        var table = new TextTable(
            2, new Column("SITE"), new Column("ROLE"), new Column("LEADER", Shrinks: true), new Column("SERVING"), new Column("ALL HEALTHY"),
            new Column("LSN", Right: true), new Column("NOT HEARD FOR", Right: true));
        foreach (var group in sites.Groups)
        {
            var known = group.Leader is not null;
            var silent = group.SilentSeconds >= NoteSilence;
            table.Add(
                new Cell(group.Site, group.Role == "active" ? "bold" : ""),
                new Cell(group.Role),
                new Cell(group.Leader ?? "-"),
                Answer(known, silent, group.Serving),
                Answer(known, silent, group.Healthy),
                new Cell(group.Lsn ?? "-"),
                new Cell(silent ? Seconds(group.SilentSeconds!.Value) : "-", silent ? "bold red" : ""));
        }

        return table;
    }

    // What a site said before it fell silent is no news.
    private static Cell Answer(bool known, bool silent, bool yes) =>
        !known || silent ? new Cell("not known", "yellow") : yes ? new Cell("yes", "green") : new Cell("NO", "red");
}
