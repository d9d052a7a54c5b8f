using System.CommandLine;
using Holdfast.Cli.CommandLine;

namespace Holdfast.Cli.Files;

/// <summary><c>holdfast check</c> and <c>holdfast schema</c>.</summary>
internal sealed class FileVerbs(CliContext context, FileChoice file)
{
    public Command BuildCheck()
    {
        var argument = FileChoice.NewArgument();
        var json = new Option<bool>("--json") { Description = "Print JSON: {file, valid, errors, warnings, problems}." };
        var verb = new VerbCommand("check", "validate the system's file, whole")
        {
            Details =
            [
                "Lists every error at once, each with its place, its path in the file and what would be right. Unknown keys are errors. " +
                "References to secrets are followed, so run it as the user that runs the agent. Nothing is contacted.",
            ],
            Examples = [("holdfast check holdfast.yaml", "before the file is rolled out")],
            ExitCodes =
            [
                (ExitCode.Done, "the file is valid"),
                (ExitCode.Failed, "the file has errors, which are on stderr (with --json: on stdout)"),
            ],
        };
        verb.Add(argument);
        verb.Add(json);
        verb.SetAction(parse => Check(file.Path(parse, argument), parse.GetValue(json)));
        return verb;
    }

    public Command BuildSchema()
    {
        var verb = new VerbCommand("schema", "print the JSON schema of the file, for editors")
        {
            Details = ["Editors with a YAML language server complete and check holdfast.yaml with it."],
            Examples =
            [
                ("holdfast schema > holdfast.schema.json", "then, as the file's first line: # yaml-language-server: $schema=holdfast.schema.json"),
            ],
        };
        verb.SetAction(_ =>
        {
            context.Terminal.Plain(context.Files.Schema());
            return ExitCode.Done;
        });
        return verb;
    }

    private int Check(string path, bool json)
    {
        var report = context.Files.Check(path, context.Terminal.Width, json);
        (report.Valid || json ? context.Terminal.Output : context.Terminal.Error).Write(report.Text);
        return report.Valid ? ExitCode.Done : ExitCode.Failed;
    }
}
