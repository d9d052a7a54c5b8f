using System.CommandLine;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;

namespace Holdfast.Cli.Hosting;

/// <summary><c>holdfast agent</c>, and the hidden <c>holdfast guard</c>.</summary>
internal sealed class HostVerbs(CliContext context, FileChoice file)
{
    public Command BuildAgent()
    {
        var argument = FileChoice.NewArgument();
        var member = new Option<string>("--member", "-m")
        {
            Description = "Which member of the file this host runs.",
            HelpName = "NAME",
            Required = true,
        };
        member.CompletionSources.Add(completion => Shared.Members(file, completion.ParseResult));
        var verb = new VerbCommand("agent", "run the agent of one member, in the foreground")
        {
            Details =
            [
                "One agent per member: it starts the member's server, takes part in elections, and answers HTTP on the member's agent address. " +
                "It ends on SIGTERM or Ctrl-C; the server under it goes on running, and a new agent takes it over as it is.",
                "Run it under systemd (packaging/) as the user that owns the data directory.",
            ],
            Examples = [("holdfast agent --member orders-fra-1 /etc/holdfast/holdfast.yaml", "as the systemd unit does")],
            ExitCodes = [(ExitCode.Done, "ended as asked"), (ExitCode.Failed, "cannot run; one line on stderr says why")],
        };
        verb.Add(member);
        verb.Add(argument);
        verb.SetAction((parse, cancellationToken) =>
        {
            var system = file.Load(parse, argument);
            var name = parse.GetRequiredValue(member);
            var found = system.FindMember(name) ?? throw new CliException(
                ExitCode.Usage,
                $"the file has no member '{name}'; " +
                $"its members are: {string.Join(", ", system.Stores.Values.SelectMany(store => store.Members.Keys))}");
            var host = context.AgentHost ?? throw new CliException(ExitCode.Failed, "this build of holdfast has no agent; install the full program");
            return host.RunAgentAsync(system, found.Store, found.Member, cancellationToken);
        });
        return verb;
    }

    public Command BuildGuard()
    {
        var arguments = new Argument<string[]>("ARGUMENTS") { Arity = ArgumentArity.ZeroOrMore, CaptureRemainingTokens = true };
        var verb = new VerbCommand("guard", "watch an agent and stop its server when it is not petted; started by the agent") { Hidden = true };
        verb.Add(arguments);
        verb.SetAction((parse, cancellationToken) =>
        {
            var host = context.GuardHost ?? throw new CliException(ExitCode.Failed, "this build of holdfast has no guard; install the full program");
            return host.RunGuardAsync(parse.GetValue(arguments) ?? [], cancellationToken);
        });
        return verb;
    }
}
