using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Reflection;
using Holdfast.Cli.Backup;
using Holdfast.Cli.Completion;
using Holdfast.Cli.Files;
using Holdfast.Cli.Gates;
using Holdfast.Cli.History;
using Holdfast.Cli.Hosting;
using Holdfast.Cli.Loss;
using Holdfast.Cli.Members;
using Holdfast.Cli.Moves;
using Holdfast.Cli.Pausing;
using Holdfast.Cli.Planning;
using Holdfast.Cli.Sites;
using Holdfast.Cli.Status;
using Holdfast.Cli.Verify;

namespace Holdfast.Cli.CommandLine;

/// <summary>The whole command: parses, runs the verb, and turns what went wrong into one line on stderr and an exit code.</summary>
public static class HoldfastCommand
{
    /// <returns>One of <see cref="ExitCode"/>, or what the agent's host returned.</returns>
    public static async Task<int> RunAsync(CliContext context, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var root = Build(context);
        var parse = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (arguments.Count == 0)
        {
            new HelpPage(context.Terminal).Write(root);
            return ExitCode.Usage;
        }

        if (parse.Action is ParseErrorAction)
        {
            var verb = parse.CommandResult.Command;
            if (verb is not VerbCommand && parse.UnmatchedTokens.Count > 0)
            {
                return Fail(context, ExitCode.Usage, $"there is no verb '{parse.UnmatchedTokens[0]}'; see 'holdfast --help'");
            }

            var page = verb is VerbCommand ? $"holdfast {verb.Name} --help" : "holdfast --help";
            return Fail(context, ExitCode.Usage, $"{Sentence(Told(parse.Errors).Message)}; see '{page}'");
        }

        try
        {
            var invocation = new InvocationConfiguration
            {
                Output = context.Terminal.Output,
                Error = context.Terminal.Error,
                EnableDefaultExceptionHandler = false,
                // Signals arrive by the token; how long the agent may take to end is its own affair.
                ProcessTerminationTimeout = null,
            };
            return await parse.InvokeAsync(invocation, cancellationToken);
        }
        catch (CliException refused)
        {
            return Fail(context, refused.Code, refused.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Fail(context, ExitCode.Interrupted, "interrupted; what an agent has already taken goes on: see 'holdfast status'");
        }
    }

    private static RootCommand Build(CliContext context)
    {
        var file = new FileChoice(context);
        var (moveTo, failTo) = (new SwitchoverVerb(context, file), new FailoverVerb(context, file));
        var (pauses, files, hosts) = (new PauseVerbs(context, file), new FileVerbs(context, file), new HostVerbs(context, file));
        var gates = new GateVerbs(context, file);
        var root = new RootCommand("keeps a system's data correct and available when a process, a host or a site fails")
        {
            new StatusVerb(context, file).Build(),
            new HistoryVerb(context, file).Build(),
            new LossVerb(context, file).Build(),
            moveTo.Build(),
            failTo.Build(),
            new FailbackVerb(context, file).Build(),
            pauses.BuildPause(),
            pauses.BuildResume(),
            new RestartVerb(context, file).Build(),
            new ReinitVerb(context, file).Build(),
            new VerifyVerb(context, file).Build(),
            new BackupVerb(context, file).Build(),
            new BackupsVerb(context, file).Build(),
            new RestoreVerb(context, file).Build(),
            new TestRestoreVerb(context, file).Build(),
            new PlanVerb(context, file).Build(),
            files.BuildCheck(),
            files.BuildSchema(),
            hosts.BuildAgent(),
            gates.BuildGate(),
            gates.BuildHaproxy(),
            hosts.BuildGuard(),
            new CompletionVerb(context).Build(),
        };
        root.Options.Add(file.Option);
        foreach (var option in root.Options)
        {
            switch (option)
            {
                case HelpOption:
                    option.Action = new HelpPage(context.Terminal);
                    option.Description = "Show this page.";
                    foreach (var alias in new[] { "-?", "/?", "/h" })
                    {
                        option.Aliases.Remove(alias);
                    }

                    break;
                case VersionOption:
                    option.Action = new VersionPage(context);
                    option.Description = "Show the program's version.";
                    break;
            }
        }

        return root;
    }

    private static int Fail(CliContext context, int code, string message)
    {
        context.Terminal.Error.WriteLine($"holdfast: {message.ReplaceLineEndings(" ")}");
        return code;
    }

    /// <summary>An option that there is not may be taken for a file, and then what was to be its value is one too many: the option is what was wrong.</summary>
    private static ParseError Told(IReadOnlyList<ParseError> errors) =>
        errors.FirstOrDefault(error => error.Message.StartsWith(Shared.NoOption, StringComparison.Ordinal)) ?? errors[0];

    private static string Sentence(string message)
    {
        // The parser's own words name types of the framework and break lines.
        var text = string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.')
            .Replace(" as expected type 'System.Int32'", ": write a whole number", StringComparison.Ordinal);
        return text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];
    }

    private sealed class VersionPage(CliContext context) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var version = typeof(HoldfastCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
            context.Terminal.Plain($"holdfast {version.Split('+')[0]}");
            return ExitCode.Done;
        }
    }
}
