using System.CommandLine;
using Holdfast.Cli.CommandLine;

namespace Holdfast.Cli.Completion;

/// <summary><c>holdfast completion SHELL</c>: a script that asks the program itself, so that names of members complete too.</summary>
internal sealed class CompletionVerb(CliContext context)
{
    private const string Bash =
        """
        # holdfast completion for bash
        _holdfast() {
            local line="${COMP_LINE:0:COMP_POINT}" word="${COMP_WORDS[COMP_CWORD]}"
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)" -- "$word"))
        }
        complete -o default -F _holdfast holdfast
        """;

    private const string Zsh =
        """
        #compdef holdfast
        # holdfast completion for zsh
        _holdfast() {
            local -a found
            local line="${BUFFER[1,CURSOR]}"
            found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            if [[ -n "${found[1]}" ]]; then
                compadd -- "${found[@]}"
            else
                _files
            fi
        }
        compdef _holdfast holdfast
        """;

    private const string Fish =
        """
        # holdfast completion for fish
        function __holdfast_complete
            set -l line (commandline --cut-at-cursor | string collect)
            holdfast "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c holdfast -a '(__holdfast_complete)'
        """;

    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal) { ["bash"] = Bash, ["zsh"] = Zsh, ["fish"] = Fish };

    public Command Build()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var verb = new VerbCommand("completion", "print a completion script for a shell")
        {
            Details = ["The script asks the program for what can follow, so that stores and members of the file complete too."],
            Examples =
            [
                ("source <(holdfast completion bash)", "in ~/.bashrc"),
                ("holdfast completion zsh > ~/.zfunc/_holdfast", "with ~/.zfunc in fpath"),
                ("holdfast completion fish > ~/.config/fish/completions/holdfast.fish", "for fish"),
            ],
        };
        verb.Add(shell);
        verb.SetAction(parse =>
        {
            context.Terminal.Plain(Scripts[parse.GetRequiredValue(shell)]);
            return ExitCode.Done;
        });
        return verb;
    }
}
