using System.CommandLine;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Cli.Sites;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Sites;

namespace Holdfast.Cli.Moves;

/// <summary><c>holdfast failover</c>.</summary>
internal sealed class FailoverVerb(CliContext context, FileChoice file)
{
    private readonly Option<string?> _to = Shared.To(file, "The member that is to be primary. Default: the one that has the most of the log.");
    private readonly Option<string?> _site =
        Shared.Site(file, "--site", "The site that is to be active, of the stores with two; not together with --to.");
    private readonly Option<string?> _store = Shared.Store(file, "The store, when the file has more than one. With --site: only this one.");
    private readonly Option<bool> _loss = new("--accept-data-loss")
    {
        Description = "Also when it cannot be shown that the new primary has every acknowledged commit. What it lacks is lost.",
    };

    private readonly Option<string?> _fenced = new("--fenced")
    {
        Description = "With --site: how the old site was stopped, in your words; kept in the history. Needed where 'isolation: continue' holds.",
        HelpName = "HOW",
    };

    private readonly Option<bool> _yes = Shared.Yes();
    private readonly SiteMoveCommand _move = new(context, withSite: true);

    public Command Build()
    {
        var verb = new VerbCommand("failover", "make another member primary although the primary does not help")
        {
            Details =
            [
                "Holdfast fails over by itself; this is for when it cannot: too few members are left to show that nothing is lost, or the primary " +
                "lives but is not wanted and does not answer to a switchover. A paused group must be resumed first.",
                "Without --accept-data-loss it is refused unless a member that has every acknowledged commit takes over. With it, the best member " +
                "that is left takes over; what the old primary had beyond is kept aside (salvage) when that member comes back.",
                "With --site the store's other site takes over because the active one is lost. It is refused while the active site lives, and when " +
                "more than the RPO may be missing; --accept-data-loss overrides the latter. " + SiteMoveCommand.OnSites,
            ],
            Examples =
            [
                ("holdfast failover", "only if nothing is lost by it; asks first"),
                ("holdfast failover --to orders-fra-3 --accept-data-loss", "when the others are gone for good"),
                ("holdfast failover --site ber --dry-run", "what would be lost if the other site took over now?"),
                ("holdfast failover --site ber --fenced 'power cut at 03:12 by Ana'", "where 'isolation: continue' holds"),
            ],
            ExitCodes = [(ExitCode.Done, "the new primary serves"), SiteMoveCommand.Refused],
        };
        foreach (var option in new Option[] { _to, _site, _store, _loss, _fenced, _move.DryRun, _yes, _move.Json })
        {
            verb.Add(option);
        }

        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var system = file.Load(parse);
        var (to, loss) = (parse.GetValue(_to), parse.GetValue(_loss));
        var fenced = parse.GetValue(_fenced);
        if (_move.SiteOf(parse, _site, to) is { } site)
        {
            var stores = MoveOrder.StoresOf(system, parse.GetValue(_store), site);
            var asked = new MoveIntent(MoveKind.Failover, site, loss, string.IsNullOrWhiteSpace(fenced) ? null : fenced.Trim());
            return await _move.RunAsync(system, [.. stores.Select(store => (store, asked))], parse, parse.GetValue(_yes), cancellationToken);
        }

        if (fenced is not null)
        {
            throw new CliException(ExitCode.Usage, "--fenced goes with --site only: inside a site Holdfast fences by itself");
        }

        using var client = new AgentClient(system, context.Time);
        var group = await Group.OneAsync(client, system, parse.GetValue(_store), site: null, to, cancellationToken);
        var before = await GroupPicture.TakeAsync(client, group, AgentClient.ReadLimit, cancellationToken);
        if (!before.SomebodyAnswered)
        {
            throw new CliException(ExitCode.Failed, group.NobodyAnswers(mayBeLost: to is null));
        }

        if (to is not null && to == before.Status.Primary)
        {
            throw new CliException(ExitCode.Failed, $"{to} is the primary already; to restart its server use 'holdfast restart {to}'");
        }

        await Question.ConfirmAsync(context.Terminal, parse.GetValue(_yes), Intent(before, to, loss), cancellationToken);
        var body = ChangeRequest.Body([("to", to), ("acceptDataLoss", loss)]);
        var (agent, result) = await ChangeRequest.SendAsync(client, before.Askable, "v1/failover", body, cancellationToken);
        await new MoveFollower(context, client, before).FollowAsync(agent, result.Id, to, cancellationToken);
        return ExitCode.Done;
    }

    private static IEnumerable<string> Intent(GroupPicture before, string? to, bool loss)
    {
        var heir = to ?? "the member that has the most of the log";
        yield return $"Failover of {before.Group.Name}: {heir} takes over from {before.Status.Primary ?? "nobody"}.";
        if (before.Primary is { Healthy: true } serving)
        {
            yield return $"NOTE: {serving.Name} serves; 'holdfast switchover' is gentler.";
        }

        yield return loss
            ? "ACKNOWLEDGED COMMITS MAY BE LOST: those that the new primary lacks. They are kept aside if the old primary comes back."
            : "It is refused unless the new primary has every acknowledged commit.";
    }
}
