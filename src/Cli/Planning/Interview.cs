using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Files;
using Holdfast.Cli.Terminals;

namespace Holdfast.Cli.Planning;

/// <summary>Asks for the numbers of a plan, one after another, and again where an answer cannot be.</summary>
internal sealed class Interview(Terminal terminal, ISystemFiles files)
{
    /// <param name="known">What flags have said is not asked.</param>
    /// <returns>The answers, by flag, and the three that are yes or no.</returns>
    /// <exception cref="CliException">The input ended.</exception>
    public (Dictionary<string, string> Answers, bool Witness, bool Automatic, bool OffSite) Run(
        IReadOnlyDictionary<string, string> known, bool witness, bool automatic, bool offSite)
    {
        terminal.Line("An empty answer takes the value in brackets.");
        var answers = new Dictionary<string, string>(known, StringComparer.Ordinal);
        foreach (var number in QuickPlan.Numbers.Where(number => !known.ContainsKey(number.Flag)))
        {
            var alone = answers.GetValueOrDefault("distance") == "none";
            if (!(alone && (number.Flag == "bandwidth" || QuickPlan.OfSite.Contains(number.Flag))))
            {
                answers[number.Flag] = Ask(number);
            }
        }

        if (answers["distance"] == "none")
        {
            return (answers, witness, automatic, offSite);
        }

        witness = witness || YesNo("Is there a third place, where nothing but a witness runs?");
        automatic = automatic || (witness && YesNo("May the other site take over by itself?"));
        offSite = offSite || YesNo("Are backups kept at another site?");
        return (answers, witness, automatic, offSite);
    }

    private string Ask(QuickNumber number)
    {
        while (true)
        {
            terminal.Part($"{Terminal.Safe(number.Question)} {Terminal.Safe($"[{number.Usual}]")} ");
            var answer = Read();
            if (answer.Length == 0)
            {
                return number.Usual;
            }

            if (QuickPlan.ProblemOf(files, number, answer) is not { } problem)
            {
                return answer;
            }

            terminal.Line(Terminal.Styled(problem, "yellow"));
        }
    }

    private bool YesNo(string question)
    {
        while (true)
        {
            terminal.Part($"{Terminal.Safe(question)} {Terminal.Safe("[y/N]")} ");
            switch (Read().ToLowerInvariant())
            {
                case "y" or "yes":
                    return true;
                case "" or "n" or "no":
                    return false;
                default:
                    terminal.Line(Terminal.Styled("answer y or n", "yellow"));
                    break;
            }
        }
    }

    private string Read() => terminal.Input.ReadLine()?.Trim()
        ?? throw new CliException(ExitCode.Failed, "the answers ended in the middle of the interview; nothing was planned");
}
