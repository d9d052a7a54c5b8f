using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Sites;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Cli.Terminals;

namespace Holdfast.Cli.History;

/// <summary><c>holdfast history</c>.</summary>
internal sealed class HistoryVerb(CliContext context, FileChoice file)
{
    private readonly Option<string?> _store = Shared.Store(file, "The store, when the file has more than one.");
    private readonly Option<string?> _site = Shared.Site(file, "--site", "The group at this site, of a store with two. Default: the active site's.");
    private readonly Option<bool> _sites = new("--sites") { Description = "List the moves between sites only." };
    private readonly Option<bool> _steps = new("--steps")
    {
        Description = "With each move between sites its steps, and how the old site was said to be fenced.",
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print JSON: an array, as GET /v1/history gives it; with --sites as GET /v1/site-moves does.",
    };

    private readonly Option<int> _limit = new("--limit", "-n")
    {
        Description = "So many at most; 0: all. Default: 20.",
        HelpName = "N",
        DefaultValueFactory = _ => 20,
    };

    public Command Build()
    {
        var verb = new VerbCommand("history", "list the changes of primary: when, why, and what each cost")
        {
            Details =
            [
                "Newest first. Each has the epoch that it began, the rule that decided it and its reason, where the log forked, and the " +
                "milliseconds from the last sign of life of the old primary (or from the pause of writes) until it was detected, promised, " +
                "elected, promoted, and the first commit.",
                "Of a store with two sites the moves between them come first, then the changes of primary at the active site.",
            ],
            Examples =
            [
                ("holdfast history", "the last 20"),
                ("holdfast history --json -n 1", "the newest, for a script"),
                ("holdfast history --sites --steps", "moves between sites, step by step"),
            ],
        };
        foreach (var option in new Option[] { _store, _site, _sites, _steps, _json, _limit })
        {
            verb.Add(option);
        }

        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var limit = parse.GetValue(_limit);
        if (limit < 0)
        {
            throw new CliException(ExitCode.Usage, "--limit is negative; write 0 for all");
        }

        var system = file.Load(parse);
        using var client = new AgentClient(system, context.Time);
        var group = await Group.OneAsync(client, system, parse.GetValue(_store), parse.GetValue(_site), member: null, cancellationToken);
        var (json, onlySites) = (parse.GetValue(_json), parse.GetValue(_sites));
        if (onlySites && !group.Store.HasTwoSites)
        {
            throw new CliException(ExitCode.Usage, $"{group.Store.Name} has one site only: there are no moves between sites");
        }

        if (group.Store.HasTwoSites && (onlySites || !json))
        {
            var moves = await MovesAsync(client, group, limit, cancellationToken);
            if (json)
            {
                context.Terminal.Plain(JsonSerializer.Serialize(moves, ApiJson.Plain.ImmutableArraySiteMoveStatus));
                return ExitCode.Done;
            }

            Print(
                moves.IsEmpty ? null : MoveTable.Render(moves, parse.GetValue(_steps), context.Terminal.Width),
                $"{group.Store.Name}: no move between sites is recorded yet");
            if (onlySites)
            {
                return ExitCode.Done;
            }

            context.Terminal.Line();
        }

        var entries = await FreshestAsync(client, group, cancellationToken);
        entries = limit == 0 ? entries : [.. entries.Take(limit)];
        if (json)
        {
            context.Terminal.Plain(JsonSerializer.Serialize(entries, ApiJson.Plain.ImmutableArrayHistoryEntry));
            return ExitCode.Done;
        }

        Print(
            entries.IsEmpty ? null : HistoryTable.Render(entries, group.Store.OtherSite(group.Site), context.Terminal.Width),
            $"{group.Name}: no change of primary is recorded yet");
        return ExitCode.Done;
    }

    private void Print(IEnumerable<string>? lines, string nothing)
    {
        foreach (var line in lines ?? [Terminal.Safe(nothing)])
        {
            context.Terminal.Line(line);
        }
    }

    // Moves are in the global scope, so any agent of either site can tell them.
    private static async Task<ImmutableArray<SiteMoveStatus>> MovesAsync(
        AgentClient client, Group group, int limit, CancellationToken cancellationToken)
    {
        var picture = await StorePicture.TakeAsync(client, group.System, group.Store, AgentClient.ReadLimit, cancellationToken);
        string? problem = null;
        foreach (var agent in picture.Groups.SelectMany(one => one.Askable))
        {
            var answer = await client.SiteMovesAsync(agent, AgentClient.ChangeLimit, cancellationToken);
            if (answer.Value is { } moves)
            {
                return [.. limit == 0 ? moves : moves.Take(limit)];
            }

            problem = $"{agent.Name}: {answer.Problem}";
        }

        throw new CliException(ExitCode.Failed, problem is null
            ? $"no agent of {group.Store.Name} answers at either site; start one: holdfast agent --member NAME"
            : $"the moves between sites cannot be read ({problem}); is the global scope reachable? See 'holdfast status'");
    }

    private static async Task<ImmutableArray<HistoryEntry>> FreshestAsync(AgentClient client, Group group, CancellationToken cancellationToken)
    {
        var picture = await GroupPicture.TakeAsync(client, group, AgentClient.ReadLimit, cancellationToken);
        foreach (var agent in picture.Askable)
        {
            if (await client.HistoryAsync(agent, cancellationToken) is { } history)
            {
                return history;
            }
        }

        throw new CliException(
            ExitCode.Failed,
            picture.SomebodyAnswered
                ? $"no agent of {group.Name} can read the history; is coordination reachable? See 'holdfast status'"
                : group.NobodyAnswers(mayBeLost: false));
    }
}
