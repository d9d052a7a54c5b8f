using System.CommandLine;
using System.Text.Json;
using Holdfast.Agent.Api;
using Holdfast.Agent.Api.Sites;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Topology;
using MoveKind = Holdfast.Core.Sites.MoveKind;

namespace Holdfast.Cli.Sites;

/// <summary>What switchover, failover and failback between sites have in common: the runbook, the question, the request, and following it.</summary>
/// <param name="withSite">Set where the verb also moves the primary inside a site: the options then go with its --site only.</param>
internal sealed class SiteMoveCommand(CliContext context, bool withSite = false)
{
    /// <summary>Ends each help page that has to do with sites.</summary>
    public const string OnSites =
        "Between sites the move is a runbook that is kept in the global scope: whichever agents live carry it on, also when this command or the " +
        "agent that took the request is gone. Each step is printed with its time when it has ended, and at the end the pause of writes. " +
        "--dry-run prints the runbook with the present facts, and whether it would be refused now; it asks nothing of the system.";

    public static readonly (int Code, string Meaning) Refused =
        (ExitCode.Failed, "refused, failed, or moved but a step after the move failed (a hook, verification); one line on stderr says why");

    public Option<bool> DryRun { get; } = new("--dry-run")
    {
        Description = With(
            withSite, "print the steps, who does each, the present facts and whether it would be refused now (then end with 1); change nothing."),
    };

    public Option<bool> Json { get; } = new("--json")
    {
        Description = With(withSite, "print JSON: the move as it ended, or with --dry-run the runbook. Nobody is asked: add --yes."),
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

    /// <summary>A move that is asked for right after another waits so long, at most, until it is known how far the new site is behind.</summary>
    private static readonly TimeSpan LagLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LagInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>The store that is meant: the named one, or the only one with two sites.</summary>
    /// <exception cref="CliException">There is none, or more than one, or it is not at that site.</exception>
    public static StoreSpec StoreOf(SystemSpec system, string? name, string? site)
    {
        var named = Group.All(system, name).Select(group => group.Store).Distinct().ToList();
        var moving = named.Where(store => store.HasTwoSites).ToList();
        if (moving.Count != 1)
        {
            throw new CliException(
                ExitCode.Usage,
                moving.Count > 1
                    ? $"more than one store has two sites; name it with --store: {string.Join(", ", moving.Select(store => store.Name))}"
                    : $"{string.Join(", ", named.Select(store => store.Name))} has one site only: it cannot be moved to another");
        }

        return site is null || moving[0].Sites.Contains(site)
            ? moving[0]
            : throw new CliException(
                ExitCode.Usage, $"{moving[0].Name} has no members at a site '{site}'; its sites are: {string.Join(", ", moving[0].Sites)}");
    }

    public async Task<int> RunAsync(
        SystemSpec system, StoreSpec store, MoveIntent asked, ParseResult parse, bool yes, CancellationToken cancellationToken)
    {
        using var client = new AgentClient(system, context.Time);
        var begun = context.Time.GetTimestamp();
        var lookedAt = begun;
        var before = await StorePicture.TakeAsync(client, system, store, AgentClient.ReadLimit, cancellationToken);
        if (!before.SomebodyAnswered)
        {
            throw new CliException(ExitCode.Failed, $"no agent of {store.Name} answers at either site; start one: holdfast agent --member NAME");
        }

        var (runbook, json) = (Runbook.Of(before, asked), parse.GetValue(Json));
        if (parse.GetValue(DryRun))
        {
            return Print(runbook, before, json);
        }

        while (Refusals.LacksOnlyLag(before, asked, runbook.From) && context.Time.GetElapsedTime(begun) < LagLimit)
        {
            await Task.Delay(LagInterval, context.Time, cancellationToken);
            lookedAt = context.Time.GetTimestamp();
            before = await StorePicture.TakeAsync(client, system, store, AgentClient.ReadLimit, cancellationToken);
            runbook = Runbook.Of(before, asked);
        }

        if (runbook.Refusal is { } refusal)
        {
            throw new CliException(ExitCode.Failed, $"refused: {refusal}");
        }

        if (json && !yes)
        {
            throw new CliException(ExitCode.Failed, "nothing was done: with --json nobody is asked; add --yes");
        }

        if (!json)
        {
            Lines(RunbookText.Render(runbook, before, context.Terminal.Width));
            await Question.ConfirmAsync(context.Terminal, yes, [Promise(asked)], cancellationToken);
        }

        var silent = before.WordOf(asked.To)?.Groups.FirstOrDefault(group => group.Site == runbook.From)?.SilentSeconds;
        var waited = context.Time.GetElapsedTime(lookedAt);
        var agents = before.At(asked.To).Askable.Concat(before.At(runbook.From).Askable);
        var (_, taken) = await ChangeRequest.SendAsync(client, agents, "v1/site-moves", Body(asked), cancellationToken);
        var id = taken.Id ?? throw new CliException(ExitCode.Failed, "the agent names no move to follow; look at 'holdfast status'");
        var move = await new SiteMoveFollower(context, client, before, quiet: json).FollowAsync(id, cancellationToken);
        return End(move, silent is { } seconds ? TimeSpan.FromSeconds(seconds) + waited : null, json);
    }

    private int Print(Runbook runbook, StorePicture picture, bool json)
    {
        if (json)
        {
            context.Terminal.Plain(runbook.ToJson());
        }
        else
        {
            Lines(RunbookText.Render(runbook, picture, context.Terminal.Width));
            var verdict = runbook.Refusal is { } why
                ? $"It would be refused now: {why}"
                : "Nothing that is known now speaks against it. Nothing was done.";
            Lines(TextFlow.Wrap(verdict, context.Terminal.Width).Select(line => Terminal.Styled(line, runbook.Refusal is null ? "green" : "yellow")));
        }

        return runbook.Refusal is null ? ExitCode.Done : ExitCode.Failed;
    }

    private int End(SiteMoveStatus move, TimeSpan? silentWhenAsked, bool json)
    {
        if (json)
        {
            context.Terminal.Plain(JsonSerializer.Serialize(move, ApiJson.Plain.SiteMoveStatus));
        }

        if (move.State != "done")
        {
            var failed = move.Steps.FirstOrDefault(step => step.State == "failed")?.Step;
            var how = failed == "check" ? "refused" : $"the {move.Kind} to {move.To} failed";
            throw new CliException(ExitCode.Failed, $"{how}: {move.Result}");
        }

        if (!json)
        {
            var pause = WritePause.Of(move, silentWhenAsked) is { } span
                ? $"; clients could not write for {(move.Kind == "failover" ? "about " : "")}{span.TotalMilliseconds:F0} ms"
                : "";
            context.Terminal.Line(Terminal.Styled($"{move.To} is active{pause}", "green"));
        }

        // A step that has not ended was cut short by another move.
        return move.Steps.Any(step => step.State == "failed" || !SitesWord.HasEnded(step))
            ? throw new CliException(ExitCode.Failed, $"the {move.Kind} is made, but not all is well: {move.Result}")
            : ExitCode.Done;
    }

    private string Body(MoveIntent asked) => ChangeRequest.Body(
    [
        ("kind", asked.Verb), ("to", asked.To), ("acceptDataLoss", asked.AcceptDataLoss), ("fenced", asked.Fenced),
        ("requestedBy", $"{context.Environment("SUDO_USER") ?? Environment.UserName}@{Environment.MachineName}"),
    ]);

    private static string Promise(MoveIntent asked) => asked.Kind == MoveKind.Failover
        ? "What the new site lacks is lost for now: it is kept at the old site and listed when that is back."
        : "Writes pause from the step stop to the step promote; no acknowledged commit is lost.";

    private void Lines(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            context.Terminal.Line(line);
        }
    }
}
