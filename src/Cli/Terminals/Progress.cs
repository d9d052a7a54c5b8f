namespace Holdfast.Cli.Terminals;

/// <summary>Shows how a long action goes on: one line redrawn on a terminal, else a line per change, not too often.</summary>
internal sealed class Progress(Terminal terminal, TimeProvider time)
{
    private static readonly TimeSpan PipeInterval = TimeSpan.FromSeconds(2);

    private readonly long _began = time.GetTimestamp();
    private string? _shown;
    private string? _kind;
    private long _shownAt;
    private bool _open;

    public TimeSpan Elapsed => time.GetElapsedTime(_began);

    public void Show(string text)
    {
        // Without its digits, "cloning 12 %" and "cloning 13 %" are the same step.
        var kind = string.Concat(text.Where(letter => !char.IsAsciiDigit(letter)));
        if (text == _shown || (!terminal.Interactive && kind == _kind && time.GetElapsedTime(_shownAt) < PipeInterval))
        {
            return;
        }

        var line = Terminal.Safe($"  +{Elapsed.TotalSeconds,6:F2} s  {text}");
        if (terminal.Interactive)
        {
            End(kept: kind != _kind);
            terminal.Part(line);
            _open = true;
        }
        else
        {
            terminal.Line(line);
        }

        (_shown, _kind, _shownAt) = (text, kind, time.GetTimestamp());
    }

    /// <summary>On a terminal: shows the text in place of what was shown before, whatever that was. Elsewhere nothing.</summary>
    public void Redraw(string text)
    {
        if (terminal.Interactive && text != _shown)
        {
            End(kept: false);
            terminal.Part(Terminal.Safe($"  +{Elapsed.TotalSeconds,6:F2} s  {text}"));
            (_shown, _open) = (text, true);
        }
    }

    /// <summary>Ends the line that is being redrawn.</summary>
    public void End(bool kept = true)
    {
        if (_open)
        {
            terminal.Output.Write(kept ? "\n" : "\r\u001b[K");
            _open = false;
        }
    }
}
