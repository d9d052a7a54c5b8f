using Holdfast.Cli.CommandLine;

namespace Holdfast.Cli.Terminals;

/// <summary>Says what a changing verb will do and asks before it is done.</summary>
internal static class Question
{
    /// <param name="intent">What will be done, one sentence per line.</param>
    /// <exception cref="CliException">The user said no, or cannot be asked.</exception>
    public static async Task ConfirmAsync(Terminal terminal, bool yes, IEnumerable<string> intent, CancellationToken cancellationToken)
    {
        foreach (var sentence in intent)
        {
            foreach (var line in TextFlow.Wrap(sentence, terminal.Width))
            {
                terminal.Plain(line);
            }
        }

        if (yes)
        {
            return;
        }

        if (!terminal.Interactive)
        {
            throw new CliException(ExitCode.Failed, "nothing was done: there is no terminal to ask on; add --yes to go on without asking");
        }

        terminal.Part("Go on? [[y/N]] ");
        var answer = (await ReadAsync(terminal.Input, cancellationToken))?.Trim();
        if (!string.Equals(answer, "y", StringComparison.OrdinalIgnoreCase) && !string.Equals(answer, "yes", StringComparison.OrdinalIgnoreCase))
        {
            throw new CliException(ExitCode.Failed, "nothing was done: not confirmed");
        }
    }

    // A read of the terminal cannot be cancelled; Ctrl-C leaves it behind, and the process ends.
    private static async Task<string?> ReadAsync(TextReader input, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(input.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw new CliException(ExitCode.Interrupted, "nothing was done: interrupted");
        }
    }
}
