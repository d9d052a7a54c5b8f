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
    private readonly Option<bool> _watch =
        new("--watch", "-w") { Description = "Stay, and draw again whenever something has changed, until Ctrl-C." };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON: one object per group and line, as GET /v1/status gives it." };
    private readonly Option<bool> _check =
        new("--check") { Description = "End with 3 when something is not healthy; each reason is a line on stderr." };

    public Command Build()
    {
        var verb = new VerbCommand("status", "show who is primary, whether a host can be lost now, and how each member is")
        {
            Details =
            [
                "Asks all agents at once, each for at most a second, and merges what they say: the word of the newest epoch counts, " +
                "and each member's own word about itself. A member for which nobody answers is shown as unreachable.",
                "LAG is how far a member is behind the primary. " +
                "'standby, sync' is a standby whose acknowledgement counts (a candidate): it may take over.",
                "With --check, healthy means: a primary serves, a host can be lost now, coordination answers, and every member is healthy.",
            ],
            Examples =
            [
                ("holdfast status", "the screen"),
                ("holdfast status --watch", "follow a failover as it happens"),
                ("holdfast status --json | jq -r .primary", "who is primary, for a script"),
                ("holdfast status --check --store orders", "for monitoring"),
            ],
            ExitCodes = [(ExitCode.Failed, "no agent answers, or the file has errors"), (ExitCode.NotHealthy, "with --check: not healthy")],
        };
        verb.Add(_file);
        verb.Add(_store);
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
        var groups = Group.All(system, parse.GetValue(_store));
        using var client = new AgentClient(system, context.Time);
        if (watch)
        {
            return await WatchAsync(client, groups, parse.GetValue(_json), cancellationToken);
        }

        var pictures = await TakeAsync(client, groups, cancellationToken);
        Draw(pictures, parse.GetValue(_json));
        if (check)
        {
            var problems = pictures.SelectMany(HealthVerdict.Problems).ToList();
            problems.ForEach(problem => context.Terminal.Error.WriteLine($"holdfast: not healthy: {problem}"));
            return problems.Count == 0 ? ExitCode.Done : ExitCode.NotHealthy;
        }

        return pictures.Any(picture => picture.SomebodyAnswered)
            ? ExitCode.Done
            : throw new CliException(ExitCode.Failed, "no agent answers; start one: holdfast agent --member NAME");
    }

    private async Task<int> WatchAsync(AgentClient client, IReadOnlyList<Group> groups, bool json, CancellationToken cancellationToken)
    {
        var shown = "";
        try
        {
            while (true)
            {
                var pictures = await TakeAsync(client, groups, cancellationToken);
                var now = json
                    ? Json(pictures)
                    : string.Join('\n', pictures.SelectMany(picture => StatusScreen.Render(picture, context.Terminal.Width)));
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

                    Draw(pictures, json);
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

    private static Task<GroupPicture[]> TakeAsync(AgentClient client, IEnumerable<Group> groups, CancellationToken cancellationToken) =>
        Task.WhenAll(groups.Select(group => GroupPicture.TakeAsync(client, group, AgentClient.ReadLimit, cancellationToken)));

    private void Draw(GroupPicture[] pictures, bool json)
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

            foreach (var line in StatusScreen.Render(pictures[at], context.Terminal.Width))
            {
                context.Terminal.Line(line);
            }
        }
    }

    private static string Json(IEnumerable<GroupPicture> pictures) =>
        string.Join('\n', pictures.Select(picture => JsonSerializer.Serialize(picture.Status, ApiJson.Plain.GroupStatus)));
}
