using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;

namespace Holdfast.Cli.History;

/// <summary><c>holdfast history</c>.</summary>
internal sealed class HistoryVerb(CliContext context, FileChoice file)
{
    private readonly Option<string?> _store = Shared.Store(file, "The store, when the file has more than one.");
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON: an array, as GET /v1/history gives it." };
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
            ],
            Examples = [("holdfast history", "the last 20"), ("holdfast history --json -n 1", "the newest, for a script")],
        };
        verb.Add(_store);
        verb.Add(_json);
        verb.Add(_limit);
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
        var group = Group.One(system, parse.GetValue(_store), member: null);
        using var client = new AgentClient(system, context.Time);
        var entries = await FreshestAsync(client, group, cancellationToken);
        entries = limit == 0 ? entries : [.. entries.Take(limit)];
        if (parse.GetValue(_json))
        {
            context.Terminal.Plain(JsonSerializer.Serialize(entries, ApiJson.Plain.ImmutableArrayHistoryEntry));
            return ExitCode.Done;
        }

        if (entries.IsEmpty)
        {
            context.Terminal.Plain($"{group.Name}: no change of primary is recorded yet");
            return ExitCode.Done;
        }

        foreach (var line in HistoryTable.Render(entries, context.Terminal.Width))
        {
            context.Terminal.Line(line);
        }

        return ExitCode.Done;
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
                : $"no agent of {group.Name} answers; start one: holdfast agent --member NAME");
    }
}
