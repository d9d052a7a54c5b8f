using System.CommandLine;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Cli.Terminals;

namespace Holdfast.Cli.Members;

/// <summary><c>holdfast reinit MEMBER</c>.</summary>
internal sealed class ReinitVerb(CliContext context, FileChoice file)
{
    private static readonly TimeSpan QuietLimit = TimeSpan.FromMinutes(5);

    private readonly Argument<string> _member = Shared.Member(file);
    private readonly Option<bool> _yes = Shared.Yes();
    private readonly Option<bool> _noWait = Shared.NoWait();

    public Command Build()
    {
        var verb = new VerbCommand("reinit", "wipe a standby's data and clone it anew from the primary")
        {
            Details =
            [
                "The member's server is stopped, what it has beyond the primary is kept aside (salvage), " +
                "its data directory is emptied and cloned anew. Until it streams again it protects nothing. Refused on the primary.",
                "Ctrl-C ends the following only: the clone goes on.",
            ],
            Examples = [("holdfast reinit orders-fra-3", "asks first, then shows how far the clone is")],
            ExitCodes = [(ExitCode.Done, "the member streams again (with --no-wait: the request was taken)")],
        };
        verb.Add(_member);
        verb.Add(_yes);
        verb.Add(_noWait);
        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var system = file.Load(parse);
        var name = parse.GetRequiredValue(_member);
        var group = Group.One(system, store: null, name);
        var member = group.Members.First(spec => spec.Name == name);
        using var client = new AgentClient(system, context.Time);
        var before = await GroupPicture.TakeAsync(client, group, AgentClient.ReadLimit, cancellationToken);
        before.RequireOwnAgent(member);
        if (before.Status.Primary == name)
        {
            throw new CliException(ExitCode.Failed, before.IsPassive
                ? $"{name} leads its site, the others follow it; let another lead first: holdfast switchover --to {before.Other(name)}"
                : $"{name} is the primary and is not wiped; hand over first: holdfast switchover");
        }

        await Question.ConfirmAsync(
            context.Terminal, parse.GetValue(_yes),
            [$"Reinit of {name}: all data in {member.Data} is wiped and cloned anew from {before.Status.Primary ?? "the primary"}."],
            cancellationToken);
        var (_, result) = await ChangeRequest.SendAsync(client, [member], "v1/reinit", body: null, cancellationToken);
        if (parse.GetValue(_noWait))
        {
            context.Terminal.Plain(result.Message);
            return ExitCode.Done;
        }

        await new MemberFollower(context, client, group, member).FollowAsync(QuietLimit, cancellationToken);
        return ExitCode.Done;
    }
}
