using System.Globalization;
using Spectre.Console;

namespace Holdfast.Cli.Terminals;

/// <summary>
/// Where the command reads and writes. Text for people goes through Spectre's markup, so that colours vanish when
/// they are not wanted; lines are laid out by us, so that a screen of 100 columns is one.
/// </summary>
public sealed class Terminal
{
    private const int PipeWidth = 100;

    private readonly IAnsiConsole _console;
    private readonly Func<int> _width;

    /// <param name="interactive">A person sits there: may be asked, and lines may be redrawn.</param>
    /// <param name="width">Columns.</param>
    public Terminal(TextWriter output, TextWriter error, TextReader input, bool interactive, bool colour, Func<int> width)
    {
        (Output, Error, Input, Interactive, _width) = (output, error, input, interactive, width);
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colour ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        _console.Profile.Width = 10_000;
        _console.Profile.Capabilities.Unicode = true;
    }

    public TextWriter Output { get; }
    public TextWriter Error { get; }
    public TextReader Input { get; }
    public bool Interactive { get; }

    /// <summary>Columns to fit into; at least 60.</summary>
    public int Width => Math.Max(60, _width());

    /// <summary>The terminal of this process: colours only on a terminal and without <c>NO_COLOR</c>.</summary>
    public static Terminal OfProcess(Func<string, string?> environment)
    {
        var toTerminal = !Console.IsOutputRedirected;
        var colour = toTerminal && string.IsNullOrEmpty(environment("NO_COLOR")) && environment("TERM") is not "dumb";
        var named = int.TryParse(environment("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var columns) && columns > 0;
        var fixedWidth = named ? columns : PipeWidth;
        return new Terminal(
            Console.Out, Console.Error, Console.In, toTerminal && !Console.IsInputRedirected, colour,
            () => toTerminal && Console.WindowWidth > 0 ? Console.WindowWidth : fixedWidth);
    }

    /// <summary>Writes a line of Spectre markup. Escape foreign text with <see cref="Safe"/>.</summary>
    public void Line(string markup = "") => _console.MarkupLine(markup);

    /// <summary>Writes text as it is.</summary>
    public void Plain(string text) => Output.WriteLine(text);

    public static string Safe(string text) => Markup.Escape(text);

    /// <summary>Text in a style, e.g. <c>green</c> or <c>bold red</c>; an empty style is plain.</summary>
    public static string Styled(string text, string style) => style.Length == 0 ? Safe(text) : $"[{style}]{Safe(text)}[/]";

    /// <summary>Writes markup without ending the line, for a prompt or a line that is redrawn.</summary>
    public void Part(string markup) => _console.Markup(markup);

    /// <summary>Empties the screen, for a redraw.</summary>
    public void Clear() => Output.Write("\u001b[H\u001b[2J");
}
