using System.CommandLine;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Cli.Sites;
using Holdfast.Cli.Status;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Sites;

namespace Holdfast.Cli.Moves;

/// <summary><c>holdfast switchover</c>.</summary>
internal sealed class SwitchoverVerb(CliContext context, FileChoice file)
{
    private readonly Option<string?> _to =
        Shared.To(file, "The member that is to be primary. Default: the streaming standby of the highest priority.");
    private readonly Option<string?> _site =
        Shared.Site(file, "--site", "The site that is to be active, of the stores with two; not together with --to.");
    private readonly Option<string?> _store = Shared.Store(file, "The store, when the file has more than one. With --site: only this one.");
    private readonly Option<bool> _yes = Shared.Yes();
    private readonly SiteMoveCommand _move = new(context, withSite: true);

    public Command Build()
    {
        var verb = new VerbCommand("switchover", "hand the primary role to another member, planned and without loss")
        {
            Details =
            [
                "Everything that can be prepared is prepared while writes go on: a checkpoint, the target caught up, " +
                "the target the one that acknowledges. Then writes pause, the target gets the last of the log and takes over; " +
                "the old primary becomes its standby.",
                "Refused when there is no primary that serves (use failover) and when the target is down or lags too far; nothing has changed then.",
                "At a passive site --to says which member is to lead it: the one that streams from the active site and feeds the others.",
                "With --site whole stores move to their other site. " + SiteMoveCommand.OnSites,
            ],
            Examples =
            [
                ("holdfast switchover", "to the streaming standby of the highest priority; asks first"),
                ("holdfast switchover --to orders-fra-2 --yes", "to this member, without asking"),
                ("holdfast switchover --site ber --dry-run", "the steps of a move to another site, and may it be made now?"),
            ],
            ExitCodes = [(ExitCode.Done, "the new primary serves"), SiteMoveCommand.Refused],
        };
        foreach (var option in new Option[] { _to, _site, _store, _move.DryRun, _yes, _move.Json })
        {
            verb.Add(option);
        }

        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var system = file.Load(parse);
        var to = parse.GetValue(_to);
        if (_move.SiteOf(parse, _site, to) is { } site)
        {
            var asked = new MoveIntent(MoveKind.Switchover, site);
            var stores = MoveOrder.StoresOf(system, parse.GetValue(_store), site);
            return await _move.RunAsync(system, [.. stores.Select(store => (store, asked))], parse, parse.GetValue(_yes), cancellationToken);
        }

        using var client = new AgentClient(system, context.Time);
        var group = await Group.OneAsync(client, system, parse.GetValue(_store), site: null, to, cancellationToken);
        var before = await GroupPicture.TakeAsync(client, group, AgentClient.ReadLimit, cancellationToken);
        Refuse(before, to);

        var target = to is null ? "the streaming standby of the highest priority" : Describe(before, to);
        await Question.ConfirmAsync(
            context.Terminal, parse.GetValue(_yes),
            [$"Switchover of {group.Name}: {before.Status.Primary} hands over to {target}.",
             before.IsPassive
                 ? $"{before.Status.Site} is the passive site: only its standby leader changes, the store's writers notice nothing."
                 : "Writes pause for a moment; no acknowledged commit is lost."],
            cancellationToken);

        var (agent, result) = await ChangeRequest.SendAsync(
            client, before.Askable, "v1/switchover", ChangeRequest.Body([("to", to)]), cancellationToken);
        await new MoveFollower(context, client, before).FollowAsync(agent, result.Id, to, cancellationToken);
        return ExitCode.Done;
    }

    private static void Refuse(GroupPicture before, string? to)
    {
        var name = before.Group.Name;
        if (!before.SomebodyAnswered)
        {
            throw new CliException(ExitCode.Failed, before.Group.NobodyAnswers(mayBeLost: to is null));
        }

        if (before.IsPassive && to is null)
        {
            throw new CliException(
                ExitCode.Failed,
                $"{before.Status.Site} is the passive site; name the member that is to lead it: holdfast switchover --to MEMBER");
        }

        if (!before.IsPassive && before.Primary is not { Healthy: true })
        {
            throw new CliException(ExitCode.Failed, $"{name} has no primary that serves, so nothing can be handed over; use 'holdfast failover'");
        }

        if (to is not null && to == before.Status.Primary)
        {
            throw new CliException(ExitCode.Failed, $"{to} is the {(before.IsPassive ? "standby leader" : "primary")} already; name another member");
        }

        if (to is not null && before.Silent.TryGetValue(to, out var why))
        {
            throw new CliException(ExitCode.Failed, $"{to} cannot take over: {why}; start its agent, or name another member");
        }
    }

    private static string Describe(GroupPicture before, string to)
    {
        var member = before.Member(to);
        return $"{to} ({member.State}, {(member.LagBytes is { } lag ? $"{Amounts.Bytes(lag)} behind" : "lag not known")})";
    }
}
