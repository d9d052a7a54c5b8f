using System.CommandLine;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Cli.Terminals;

namespace Holdfast.Cli.Members;

/// <summary><c>holdfast restart MEMBER</c>.</summary>
internal sealed class RestartVerb(CliContext context, FileChoice file)
{
    private static readonly TimeSpan QuietLimit = TimeSpan.FromMinutes(2);

    private readonly Argument<string> _member = Shared.Member(file);
    private readonly Option<bool> _pending =
        new("--pending") { Description = "Only if a setting of the member waits for a restart; else nothing is done." };
    private readonly Option<bool> _yes = Shared.Yes();
    private readonly Option<bool> _noWait = Shared.NoWait();

    public Command Build()
    {
        var verb = new VerbCommand("restart", "restart a member's server")
        {
            Details =
            [
                "The server is stopped in good order and started again. On a standby, clients of that standby are interrupted. On the " +
                "primary all are, for a moment: a candidate takes over, which is shorter than a restart, and the old primary comes back as " +
                "a standby. That is refused when it would be an outage.",
            ],
            Examples =
            [
                ("holdfast restart orders-fra-2 --pending", "when 'status' says that settings wait for a restart"),
                ("holdfast restart orders-fra-2 --yes", "without asking"),
            ],
            ExitCodes = [(ExitCode.Done, "the member is healthy again, or (--pending) nothing waited (with --no-wait: the request was taken)")],
        };
        verb.Add(_member);
        verb.Add(_pending);
        verb.Add(_yes);
        verb.Add(_noWait);
        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var system = file.Load(parse);
        var (name, pending) = (parse.GetRequiredValue(_member), parse.GetValue(_pending));
        var group = Group.One(system, store: null, name);
        var member = group.Members.First(spec => spec.Name == name);
        using var client = new AgentClient(system, context.Time);
        var before = await GroupPicture.TakeAsync(client, group, AgentClient.ReadLimit, cancellationToken);
        before.RequireOwnAgent(member);
        var waiting = before.Member(name).PendingRestart;
        if (pending && waiting.IsEmpty && !before.Silent.ContainsKey(name))
        {
            context.Terminal.Plain($"{name}: no setting waits for a restart; nothing was done");
            return ExitCode.Done;
        }

        var who = before.Status.Primary != name ? name
            : before.Status.Candidates.IsEmpty ? $"{name}, THE PRIMARY: writes stop until it is back"
            : $"{name}, THE PRIMARY: another member takes over, and {name} comes back as a standby";
        var why = waiting.IsEmpty ? "" : $" Settings that take effect: {string.Join(", ", waiting)}.";
        await Question.ConfirmAsync(context.Terminal, parse.GetValue(_yes), [$"Restart of the server of {who}.{why}"], cancellationToken);
        var (_, result) = await ChangeRequest.SendAsync(
            client, [member], "v1/restart", ChangeRequest.Body([("onlyIfPending", pending)]), cancellationToken);
        if (parse.GetValue(_noWait))
        {
            context.Terminal.Plain(result.Message);
            return ExitCode.Done;
        }

        await new MemberFollower(context, client, group, member).FollowAsync(QuietLimit, cancellationToken);
        return ExitCode.Done;
    }
}
