using System.CommandLine;
using System.CommandLine.Invocation;
using Holdfast.Cli.Files;
using Holdfast.Cli.Terminals;

namespace Holdfast.Cli.CommandLine;

/// <summary>Prints the help of the program or of a verb: usage, what it does, options, examples, exit codes.</summary>
internal sealed class HelpPage(Terminal terminal) : SynchronousCommandLineAction
{
    private const int MaxWidth = 100;

    public override bool ClearsParseErrors => true;

    private int Width => Math.Min(MaxWidth, terminal.Width);

    public override int Invoke(ParseResult parseResult)
    {
        Write(parseResult.CommandResult.Command);
        return ExitCode.Done;
    }

    public void Write(Command command)
    {
        var verb = command as VerbCommand;
        var title = verb is null ? "holdfast" : $"holdfast {verb.Name}";
        Lines(TextFlow.Wrap($"{title}: {command.Description}", Width));
        Section("Usage", [.. TextFlow.Hanging("", Usage(command), 2, 0, Width)]);
        if (verb is not null)
        {
            Section("What it does", [.. verb.Details.SelectMany((text, at) =>
                (at == 0 ? Array.Empty<string>() : [""]).Concat(TextFlow.Hanging("", text, 2, 0, Width)))]);
        }

        var (arguments, options) = (command.Arguments.Where(argument => !argument.Hidden), Options(command));
        Section("Verbs", Pairs(command.Subcommands.Where(sub => !sub.Hidden).Select(sub => (sub.Name, sub.Description ?? ""))));
        Section("Arguments", Pairs(arguments.Select(argument => (argument.Name, argument.Description ?? ""))));
        Section("Options", Pairs(options.Select(option => (Names(option), option.Description ?? ""))));
        if (verb is null)
        {
            Section("More", ["  holdfast VERB --help"]);
            Section("Environment", Pairs(
            [
                (FileChoice.Variable, "the system's file, when --file is not given"),
                ("NO_COLOR", "when set: no colours, on a terminal too"),
            ]));
            Section("Exit codes", Codes(
            [
                (ExitCode.NotHealthy, "'status --check': not healthy"),
                // One number, two verbs.
                (ExitCode.SiteNotSafe,
                    "'status --check': a site cannot be lost within the RPO, and nothing else is wrong; 'verify': at least one difference"),
                (ExitCode.NotCompared, "'verify': not everything could be compared; no difference was found in the rest"),
            ]));
            return;
        }

        Section("Examples", [.. verb.Examples.SelectMany(example => new[] { $"  $ {example.CommandLine}", $"      {example.Meaning}" })]);
        Section("Exit codes", Codes(verb.ExitCodes));
    }

    private static string Usage(Command command)
    {
        if (command is not VerbCommand)
        {
            return "holdfast VERB [arguments] [options]";
        }

        var parts = command.Options.Where(option => !option.Hidden && option.Name is not "--help")
            .Select(option => option.Required ? Example(option) : $"[{Example(option)}]")
            .Concat(command.Arguments.Where(argument => !argument.Hidden).Select(argument =>
                argument.Arity.MinimumNumberOfValues > 0 ? argument.Name : $"[{argument.Name}]"));
        return $"holdfast {command.Name} {string.Join(" ", parts.Append("[-f FILE]"))}";
    }

    private static string Example(Option option) => option.HelpName is { } value ? $"{option.Name} {value}" : option.Name;

    private static IEnumerable<Option> Options(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options).Where(option => option.Recursive))
            .Where(option => !option.Hidden)
            .OrderBy(option => option.Name is "--help" or "--file" or "--version" ? 1 : 0);

    private static string Names(Option option)
    {
        var aliases = option.Aliases.OrderBy(alias => alias.Length);
        var names = string.Join(", ", aliases.Append(option.Name).Distinct());
        return option.HelpName is { } value ? $"{names} {value}" : names;
    }

    private static IEnumerable<(int Code, string Meaning)> General(IEnumerable<(int Code, string Meaning)> own)
    {
        var known = own.ToDictionary(code => code.Code, code => code.Meaning);
        known.TryAdd(ExitCode.Done, "done");
        known.TryAdd(ExitCode.Failed, "refused or failed; one line on stderr says why and what would help");
        known.TryAdd(ExitCode.Usage, "wrong options or arguments, or no file named and none in the default places");
        known.TryAdd(ExitCode.Interrupted, "ended by Ctrl-C");
        return known.OrderBy(code => code.Key).Select(code => (code.Key, code.Value));
    }

    private string[] Codes(IEnumerable<(int Code, string Meaning)> own) =>
        Pairs(General(own).Select(code => (code.Code.ToString(System.Globalization.CultureInfo.InvariantCulture), code.Meaning)));

    private string[] Pairs(IEnumerable<(string Name, string Text)> pairs)
    {
        var rows = pairs.ToList();
        var label = rows.Count == 0 ? 0 : rows.Max(row => row.Name.Length) + 2;
        return [.. rows.SelectMany(row => TextFlow.Hanging(row.Name, row.Text, 2, label, Width))];
    }

    private void Section(string title, string[] lines)
    {
        if (lines.Length > 0)
        {
            terminal.Line();
            terminal.Line(Terminal.Styled(title, "bold"));
            Lines(lines);
        }
    }

    private void Lines(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            terminal.Plain(line);
        }
    }
}
