using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Holdfast.Core;

namespace Holdfast.Agent.Logging;

/// <summary>Builds one line of logfmt: whatever a value holds, the line stays one line and each field can be told from the next.</summary>
internal sealed class LogLine
{
    private const int MaxValueChars = 2000;
    private readonly StringBuilder _text = new();
    private readonly ImmutableArray<string> _hidden;

    public LogLine(EventLevel? priority, ImmutableArray<string> hidden)
    {
        _hidden = hidden;
        _text.Append(priority switch
        {
            null => "",
            EventLevel.Debug => "<7>",
            EventLevel.Info => "<6>",
            EventLevel.Warning => "<4>",
            _ => "<3>",
        });
    }

    public void Add(string key, object? value)
    {
        if (value is null)
        {
            return;
        }

        var text = Mask(Text(value));
        if (text.Length > MaxValueChars)
        {
            text = string.Concat(text.AsSpan(0, MaxValueChars), "…");
        }

        if (_text.Length > 0 && _text[^1] != '>')
        {
            _text.Append(' ');
        }

        _text.Append(key).Append('=');
        if (key != "msg" && text.Length > 0 && text.All(IsPlain))
        {
            _text.Append(text);
        }
        else
        {
            Quote(text);
        }
    }

    public byte[] End() => Encoding.UTF8.GetBytes(_text.Append('\n').ToString());

    private static string Text(object value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        TimeSpan span => span.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture) + "ms",
        Exception fault => $"{fault.GetType().Name}: {fault.Message}",
        Secret => "***",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static bool IsPlain(char c) => c is > ' ' and not ('"' or '=' or '\\' or '\x7f') && !NeedsEscape(c);

    /// <summary>Control and format characters: line ends, terminal sequences, changes of writing direction.</summary>
    private static bool NeedsEscape(char c) =>
        char.IsControl(c) || char.IsSurrogate(c) || char.GetUnicodeCategory(c) is
            UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private string Mask(string text)
    {
        foreach (var hidden in _hidden)
        {
            text = text.Replace(hidden, "***", StringComparison.Ordinal);
        }

        return text;
    }

    private void Quote(string text)
    {
        _text.Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => _text.Append("\\\""),
                '\\' => _text.Append("\\\\"),
                '\n' => _text.Append("\\n"),
                '\r' => _text.Append("\\r"),
                '\t' => _text.Append("\\t"),
                _ when NeedsEscape(c) => _text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => _text.Append(c),
            };
        }

        _text.Append('"');
    }
}
