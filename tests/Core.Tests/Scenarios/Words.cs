using System.Globalization;
using Holdfast.Core.Failover;
using Holdfast.Core.Quorum;

namespace Holdfast.Core.Tests.Scenarios;

/// <summary>Reads one clause of a statement word by word; what is left over is an error.</summary>
internal sealed class Words
{
    private readonly string[] _words;
    private readonly string _clause;
    private int _at;

    public Words(string clause)
    {
        _clause = clause;
        _words = clause.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    public bool AtEnd => _at == _words.Length;

    /// <summary>True, and moves on, when the next words are exactly these.</summary>
    public bool Take(string phrase)
    {
        var wanted = phrase.Split(' ');
        if (!_words.AsSpan(_at).StartsWith(wanted))
        {
            return false;
        }

        _at += wanted.Length;
        return true;
    }

    public string Next(string what) => AtEnd ? throw new FormatException($"'{_clause}': {what} is missing at the end") : _words[_at++];

    /// <summary>Everything to the end of the clause.</summary>
    public string Rest()
    {
        var rest = string.Join(' ', _words[_at..]);
        _at = _words.Length;
        return rest;
    }

    public long Number(string what)
    {
        var word = Next(what);
        return long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"'{word}' in '{_clause}' is not {what}");
    }

    public Lsn Lsn() => Core.Failover.Lsn.Parse(Next("an LSN"));

    public LogPosition Position() => ParsePosition(Next("a position such as 2:0/700"));

    public TimeSpan Span()
    {
        var number = Number("a number of ms or s");
        var unit = Next("ms or s");
        return unit switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            _ => throw new FormatException($"'{unit}' in '{_clause}' is no unit: ms or s"),
        };
    }

    /// <summary><c>none</c>, <c>blocked</c>, or <c>1 of b c</c> to the end of the clause.</summary>
    public SyncRule Rule()
    {
        if (Take("none"))
        {
            return SyncRule.None;
        }

        if (Take("blocked"))
        {
            return SyncRule.Blocked;
        }

        var acks = Number("how many acknowledge, 'none' or 'blocked'");
        return Take("of") ? new SyncRule(Rest().Split(' '), (int)acks) : throw new FormatException($"'{_clause}': a rule is '1 of b c', 'none' or 'blocked'");
    }

    public void End()
    {
        if (!AtEnd)
        {
            throw new FormatException($"'{_clause}': '{Rest()}' is not understood");
        }
    }

    public static LogPosition ParsePosition(string word)
    {
        var colon = word.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && uint.TryParse(word.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var timeline)
            ? new LogPosition(timeline, Core.Failover.Lsn.Parse(word[(colon + 1)..]))
            : throw new FormatException($"'{word}' is not a position such as 2:0/700");
    }
}
