using System.CommandLine;
using Holdfast.Cli.CommandLine;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Files;

/// <summary>Which file a command works on: the argument, <c>--file</c>, <c>HOLDFAST_FILE</c>, or one of the default places.</summary>
internal sealed class FileChoice(CliContext context)
{
    public const string Variable = "HOLDFAST_FILE";

    private static readonly string[] Places = ["./holdfast.yaml", "/etc/holdfast/holdfast.yaml"];

    public Option<string> Option { get; } = new("--file", "-f")
    {
        Description = $"The system's file. Default: ${Variable}, else ./holdfast.yaml, else /etc/holdfast/holdfast.yaml.",
        HelpName = "FILE",
        Recursive = true,
    };

    /// <summary>A FILE argument for the verbs that take the file by position too.</summary>
    public static Argument<string?> NewArgument()
    {
        var argument = new Argument<string?>("FILE") { Description = "The system's file; the same as --file.", Arity = ArgumentArity.ZeroOrOne };
        Shared.RefuseOptions(argument);
        return argument;
    }

    /// <exception cref="CliException">Named twice, or found nowhere.</exception>
    public string Path(ParseResult parse, Argument<string?>? argument)
    {
        var positional = argument is null ? null : parse.GetValue(argument);
        var option = parse.GetValue(Option);
        if (positional is not null && option is not null && positional != option)
        {
            throw new CliException(ExitCode.Usage, $"two files are named, {positional} and {option}; name one");
        }

        return positional ?? option ?? (context.Environment(Variable) is { Length: > 0 } named ? named : null)
            ?? Places.FirstOrDefault(context.FileExists)
            ?? throw new CliException(ExitCode.Usage, $"no file: neither {string.Join(" nor ", Places)} exists; name one with --file or {Variable}");
    }

    /// <summary>Loads the chosen file for a verb that needs it whole.</summary>
    /// <exception cref="CliException">It has errors; the first is in the message.</exception>
    public SystemSpec Load(ParseResult parse, Argument<string?>? argument = null)
    {
        var path = Path(parse, argument);
        var reading = context.Files.Read(path);
        if (reading.System is { } system)
        {
            return system;
        }

        var more = reading.Errors.Length > 1 ? $" ({reading.Errors.Length - 1} more: holdfast check {path})" : "";
        throw new CliException(ExitCode.Failed, $"{path}: {reading.Errors[0]}{more}");
    }

    /// <summary>For completion: the system when it can be had without a word, else null.</summary>
    public SystemSpec? Glance(ParseResult parse)
    {
        try
        {
            return context.Files.Read(Path(parse, argument: null)).System;
        }
        catch (CliException)
        {
            return null;
        }
    }
}
