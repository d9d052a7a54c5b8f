using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Topology;
using MoveKind = Holdfast.Core.Sites.MoveKind;

namespace Holdfast.Cli.Sites;

/// <summary>
/// What switchover, failover and failback between sites have in common: the runbook, the question, the requests, and following them. Several stores
/// go one after another, the next when the one before serves at its new site.
/// </summary>
/// <param name="withSite">Set where the verb also moves the primary inside a site: the options then go with its --site only.</param>
internal sealed class SiteMoveCommand(CliContext context, bool withSite = false)
{
    /// <summary>Ends each help page that has to do with sites.</summary>
    public const string OnSites =
        "Between sites the move is a runbook that is kept in the global scope: whichever agents live carry it on, also when this command or the " +
        "agent that took the request is gone. Each step is printed with its time when it has ended, and at the end the pause of writes. " +
        "--dry-run prints the runbook with the present facts, and whether it would be refused now; it asks nothing of the system. " +
        "Of a file with several stores that have two sites all are moved, unless --store names one: secrets, databases, caches, brokers, and within " +
        "each as they are in the file. None is begun when one would be refused; the next is begun when the one before serves. When one fails, the rest stay: " +
        "ask again and it goes on with those.";

    public static readonly (int Code, string Meaning) Refused =
        (ExitCode.Failed, "refused, failed, or moved but a step after the move failed (a hook, verification); one line on stderr says why");

    public Option<bool> DryRun { get; } = new("--dry-run")
    {
        Description = With(
            withSite, "print the steps, who does each, the present facts and whether it would be refused now (then end with 1); change nothing."),
    };

    public Option<bool> Json { get; } = new("--json")
    {
        Description = With(withSite, "print JSON: the move as it ended, or with --dry-run the runbook; of several stores a list. Nobody is asked: add --yes."),
    };

    private static string With(bool site, string what) => site ? $"With --site: {what}" : $"{char.ToUpperInvariant(what[0])}{what[1..]}";

    /// <summary>The site that is named, after the options have been checked against each other; null: it is a move inside a site.</summary>
    /// <exception cref="CliException">Options that exclude or need each other.</exception>
    public string? SiteOf(ParseResult parse, Option<string?> option, string? member)
    {
        var site = parse.GetValue(option);
        return site is not null && member is not null ? throw new CliException(
                ExitCode.Usage, "--site and --to do not go together: a move to another site chooses the member by itself, its standby leader")
            : site is null && (parse.GetValue(DryRun) || parse.GetValue(Json)) ? throw new CliException(
                ExitCode.Usage, $"{(parse.GetValue(DryRun) ? "--dry-run" : "--json")} goes with --site only")
            : site;
    }

    /// <summary>Moves all that are not there yet.</summary>
    /// <param name="wanted">In their order.</param>
    /// <exception cref="CliException">Refused, failed, or not all is well.</exception>
    public async Task<int> RunAsync(
        SystemSpec system, ImmutableArray<(StoreSpec Store, MoveIntent Asked)> wanted, ParseResult parse, bool yes, CancellationToken cancellationToken)
    {
        using var client = new AgentClient(system, context.Time);
        var json = parse.GetValue(Json);
        var dry = parse.GetValue(DryRun);
        ImmutableArray<StoreMove> all = [.. wanted.Select(one => new StoreMove(context, client, system, one.Store, one.Asked, quiet: json))];
        await Task.WhenAll(all.Select(move => move.LookAsync(patiently: !dry, cancellationToken)));
        if (dry)
        {
            return Print(all, json);
        }

        var due = Due(all);
        if (due.FirstOrDefault(move => move.Runbook.Refusal is not null) is { } refused)
        {
            var why = $"refused: {Named(all, refused)}{refused.Runbook.Refusal}";
            throw new CliException(ExitCode.Failed, due.Length == 1 ? why : $"{why}; nothing was moved, nor were the other stores (--store moves one alone)");
        }

        if (json && !yes)
        {
            throw new CliException(ExitCode.Failed, "nothing was done: with --json nobody is asked; add --yes");
        }

        if (!json)
        {
            Show(all);
            await Question.ConfirmAsync(context.Terminal, yes, [Promise(due)], cancellationToken);
        }

        await MoveAsync(all, due, json, cancellationToken);
        return End(all, due, json);
    }

    /// <summary>Those that are to be moved; where all are there already, all, so that this is said.</summary>
    private static ImmutableArray<StoreMove> Due(ImmutableArray<StoreMove> all) =>
        all.RemoveAll(move => move.IsThereAlready) is { IsEmpty: false } due ? due : all;

    private async Task MoveAsync(ImmutableArray<StoreMove> all, ImmutableArray<StoreMove> due, bool json, CancellationToken cancellationToken)
    {
        var several = due.Length > 1;
        foreach (var (number, move) in due.Index())
        {
            try
            {
                if (number > 0)
                {
                    await move.LookAsync(patiently: true, cancellationToken);
                }

                Heading(move, several && !json, $"{number + 1} of {due.Length}");
                await move.AskAsync(cancellationToken);
                await move.FollowAsync(toTheEnd: !several, cancellationToken);
                if (move.Failure is { } failure)
                {
                    throw new CliException(ExitCode.Failed, failure);
                }
            }
            catch (CliException fault)
            {
                PrintJson(all, json && move.Move is not null);
                throw several ? new CliException(fault.Code, MoveText.Stopped(due, move, fault.Message)) : fault;
            }

            if (!json)
            {
                context.Terminal.Line(Terminal.Styled(Named(all, move) + move.Arrival(), "green"));
            }
        }

        foreach (var move in due.Where(move => !move.HasEnded))
        {
            Heading(move, !json, "what clients do not wait for");
            await move.FollowAsync(toTheEnd: true, cancellationToken);
        }
    }

    private int Print(ImmutableArray<StoreMove> all, bool json)
    {
        var due = Due(all);
        var refused = due.Where(move => move.Runbook.Refusal is not null).ToList();
        if (json)
        {
            context.Terminal.Plain(all is [var only] ? only.Runbook.ToJson() : Runbook.ToJson([.. all.Select(move => move.Runbook)]));
        }
        else
        {
            Show(all);
            var verdict = refused.Count == 0
                ? "Nothing that is known now speaks against it. Nothing was done."
                : $"It would be refused now: {string.Join("; ", refused.Select(move => Named(all, move) + move.Runbook.Refusal))}";
            Lines(TextFlow.Wrap(verdict, context.Terminal.Width).Select(line => Terminal.Styled(line, refused.Count == 0 ? "green" : "yellow")));
        }

        return refused.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private int End(ImmutableArray<StoreMove> all, ImmutableArray<StoreMove> due, bool json)
    {
        PrintJson(all, json);
        var troubles = due.Where(move => move.Trouble is not null).Select(move => Named(all, move) + move.Trouble).ToList();
        return troubles.Count == 0 ? ExitCode.Done : throw new CliException(ExitCode.Failed, string.Join("; ", troubles));
    }

    private void PrintJson(ImmutableArray<StoreMove> all, bool json)
    {
        if (json)
        {
            context.Terminal.Plain(all is [{ Move: { } only }]
                ? JsonSerializer.Serialize(only, ApiJson.Plain.SiteMoveStatus)
                : JsonSerializer.Serialize([.. all.Select(move => new MovedStore(move.Store.Name, move.Move))], MovedStoresJson.Plain.MovedStoreArray));
        }
    }

    private void Heading(StoreMove move, bool shown, string what)
    {
        if (shown)
        {
            context.Terminal.Line(Terminal.Styled($"{move.Store.Name} ({what})", "bold"));
        }
    }

    /// <summary>Before what is said of one store, where there are several.</summary>
    private static string Named(ImmutableArray<StoreMove> all, StoreMove move) => all.Length == 1 ? "" : $"{move.Store.Name}: ";

    private static string Promise(ImmutableArray<StoreMove> due) => due[0].Asked.Kind == MoveKind.Failover
        ? "What the new site lacks is lost for now: it is kept at the old site and listed when that is back."
        : $"Writes pause from the step stop to the step promote{(due.Length == 1 ? "" : ", of one store after another")}; no acknowledged commit is lost.";

    private void Show(ImmutableArray<StoreMove> all) => Lines(MoveText.Render(all, context.Terminal.Width));

    private void Lines(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            context.Terminal.Line(line);
        }
    }
}
