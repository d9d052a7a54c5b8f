using System.CommandLine;
using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Status;

/// <summary><c>holdfast status</c>.</summary>
internal sealed class StatusVerb(CliContext context, FileChoice file)
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(500);

    private readonly Argument<string?> _file = FileChoice.NewArgument();
    private readonly Option<string?> _store = Shared.Store(file, "Show this store only.");
    private readonly Option<string?> _site =
        Shared.Site(file, "--site", "Of a store with two sites, show this site's group first. Default: the active site's.");
    private readonly Option<bool> _watch =
        new("--watch", "-w") { Description = "Stay, and draw again whenever something has changed, until Ctrl-C." };
    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print JSON: one object per group and line, as GET /v1/status gives it; the active site's group first.",
    };
    private readonly Option<bool> _check =
        new("--check") { Description = "End with 3 or 4 when something is not healthy; each reason is a line on stderr." };

    public Command Build()
    {
        var verb = new VerbCommand("status", "show who is primary, whether a host can be lost now, and how each member is")
        {
            Details =
            [
                "Asks all agents at once, each for at most three seconds (two, where no connection comes about), and merges what they say: " +
                "the word of the newest epoch counts, and each member's own word about itself. A member for which nobody answers is shown as unreachable.",
                "LAG is how far a member is behind the primary. " +
                "'standby, sync' is a standby whose acknowledgement counts (a candidate): it may take over.",
                "With --check, healthy means: a primary serves, a host can be lost now, coordination answers, and every member is healthy; " +
                "else, or when nobody answers, it ends with 3. Of a store with two sites also: the active site can be lost now within the RPO; " +
                "when that alone is not so, it ends with 4.",
                "A store with two sites has one screen: the active site's group, then the sites (may the active one be lost, how far is the other " +
                "behind, the link, a move on its way, what it waits for), then the members of the passive site.",
            ],
            Examples =
            [
                ("holdfast status", "the screen"),
                ("holdfast status --watch", "follow a failover as it happens"),
                ("holdfast status --json | jq -r .primary", "who is primary, for a script"),
                ("holdfast status --check --store orders", "for monitoring"),
            ],
            ExitCodes =
            [
                (ExitCode.Failed, "no agent answers, or the file has errors"),
                (ExitCode.NotHealthy, "with --check: not healthy, or not readable"),
                (ExitCode.SiteNotSafe, "with --check: the site cannot be lost within the RPO, and nothing else is wrong"),
            ],
        };
        verb.Add(_file);
        verb.Add(_store);
        verb.Add(_site);
        verb.Add(_watch);
        verb.Add(_json);
        verb.Add(_check);
        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var (watch, check) = (parse.GetValue(_watch), parse.GetValue(_check));
        if (watch && check)
        {
            throw new CliException(ExitCode.Usage, "--watch and --check do not go together; a check looks once");
        }

        var system = file.Load(parse, _file);
        var stores = Group.All(system, parse.GetValue(_store)).Select(group => group.Store).Distinct().ToList();
        var site = parse.GetValue(_site);
        if (site is not null && !stores.Any(store => store.Sites.Contains(site)))
        {
            var known = stores.SelectMany(store => store.Sites).Distinct().Order(StringComparer.Ordinal);
            throw new CliException(
                ExitCode.Usage,
                (system.Sites.GetValueOrDefault(site) is { Witness: true } ? $"{site} is a witness: it has no members" : $"there is no site '{site}'") +
                $"; the sites are: {string.Join(", ", known)}");
        }

        using var client = new AgentClient(system, context.Time);
        if (watch)
        {
            return await WatchAsync(client, system, stores, site, parse.GetValue(_json), cancellationToken);
        }

        var pictures = await TakeAsync(client, system, stores, cancellationToken);
        Draw(pictures, site, parse.GetValue(_json));
        if (check)
        {
            return Verdict(pictures);
        }

        return pictures.Any(picture => picture.SomebodyAnswered)
            ? ExitCode.Done
            : throw new CliException(ExitCode.Failed, "no agent answers; start one: holdfast agent --member NAME");
    }

    private int Verdict(StorePicture[] pictures)
    {
        var problems = pictures
            .SelectMany(picture => picture.Groups.SelectMany(HealthVerdict.Problems).Concat(TwoSites(picture, HealthVerdict.Unread)))
            .ToList();
        var sites = pictures.SelectMany(picture => TwoSites(picture, HealthVerdict.SiteProblems)).ToList();
        foreach (var problem in problems.Concat(sites))
        {
            context.Terminal.Error.WriteLine($"holdfast: not healthy: {problem}");
        }

        return problems.Count > 0 ? ExitCode.NotHealthy : sites.Count > 0 ? ExitCode.SiteNotSafe : ExitCode.Done;

        static IEnumerable<string> TwoSites(StorePicture picture, Func<StorePicture, IEnumerable<string>> ask) =>
            picture.Store.HasTwoSites ? ask(picture) : [];
    }

    private async Task<int> WatchAsync(
        AgentClient client, SystemSpec system, List<StoreSpec> stores, string? site, bool json, CancellationToken cancellationToken)
    {
        var shown = "";
        try
        {
            while (true)
            {
                var pictures = await TakeAsync(client, system, stores, cancellationToken);
                var now = json
                    ? Json(pictures)
                    : string.Join('\n', pictures.SelectMany(picture => Screen(picture, site)));
                if (now != shown)
                {
                    if (context.Terminal.Interactive && !json)
                    {
                        context.Terminal.Clear();
                    }
                    else if (shown.Length > 0 && !json)
                    {
                        context.Terminal.Plain("");
                    }

                    Draw(pictures, site, json);
                    shown = now;
                }

                await Task.Delay(WatchInterval, context.Time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Done;
        }
    }

    private static Task<StorePicture[]> TakeAsync(
        AgentClient client, SystemSpec system, IEnumerable<StoreSpec> stores, CancellationToken cancellationToken) =>
        Task.WhenAll(stores.Select(store => StorePicture.TakeAsync(client, system, store, AgentClient.ReadLimit, cancellationToken)));

    private IEnumerable<string> Screen(StorePicture picture, string? site) => picture.Store.HasTwoSites
        ? StatusScreen.Render(picture, site is not null && picture.Store.Sites.Contains(site) ? site : picture.ActiveSite, context.Terminal.Width)
        : picture.Groups.SelectMany(group => StatusScreen.Render(group, context.Terminal.Width));

    private void Draw(StorePicture[] pictures, string? site, bool json)
    {
        if (json)
        {
            context.Terminal.Plain(Json(pictures));
            return;
        }

        for (var at = 0; at < pictures.Length; at++)
        {
            if (at > 0)
            {
                context.Terminal.Line();
            }

            foreach (var line in Screen(pictures[at], site))
            {
                context.Terminal.Line(line);
            }
        }
    }

    private static string Json(IEnumerable<StorePicture> pictures) => string.Join(
        '\n', pictures.SelectMany(picture => picture.Groups).Select(group => JsonSerializer.Serialize(group.Status, ApiJson.Plain.GroupStatus)));
}
