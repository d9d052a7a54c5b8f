using System.CommandLine;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Cli.Terminals;

namespace Holdfast.Cli.Moves;

/// <summary><c>holdfast failover</c>.</summary>
internal sealed class FailoverVerb(CliContext context, FileChoice file)
{
    private readonly Option<string?> _to = Shared.To(file, "The member that is to be primary. Default: the one that has the most of the log.");
    private readonly Option<string?> _store = Shared.Store(file, "The store, when the file has more than one.");
    private readonly Option<bool> _loss = new("--accept-data-loss")
    {
        Description = "Also when it cannot be shown that the new primary has every acknowledged commit. What it lacks is lost.",
    };

    private readonly Option<bool> _yes = Shared.Yes();

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
            ],
            Examples =
            [
                ("holdfast failover", "only if nothing is lost by it; asks first"),
                ("holdfast failover --to orders-fra-3 --accept-data-loss", "when the others are gone for good"),
            ],
            ExitCodes = [(ExitCode.Done, "the new primary serves")],
        };
        verb.Add(_to);
        verb.Add(_store);
        verb.Add(_loss);
        verb.Add(_yes);
        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var system = file.Load(parse);
        var (to, loss) = (parse.GetValue(_to), parse.GetValue(_loss));
        var group = Group.One(system, parse.GetValue(_store), to);
        using var client = new AgentClient(system, context.Time);
        var before = await GroupPicture.TakeAsync(client, group, AgentClient.ReadLimit, cancellationToken);
        if (!before.SomebodyAnswered)
        {
            throw new CliException(ExitCode.Failed, $"no agent of {group.Name} answers; start one: holdfast agent --member NAME");
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
