using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Holdfast.Core.Loss;

/// <summary>One piece of what the output plugin <c>test_decoding</c> writes.</summary>
public abstract record DecodedText
{
    public sealed record Begin(uint Xid) : DecodedText;
    public sealed record Commit(uint Xid) : DecodedText;
    public sealed record Change(LostChange Value) : DecodedText;

    private const string NoTuple = "(no-tuple-data)";
    private const string OldKey = "old-key:";
    private const string NewTuple = "new-tuple:";
    private const string Unchanged = "unchanged-toast-datum";

    /// <exception cref="FormatException">It is not of the plugin's form; the message says where.</exception>
    public static DecodedText Parse(string text)
    {
        var cursor = new Cursor(text);
        if (cursor.Skip("BEGIN "))
        {
            return new Begin(cursor.Number());
        }

        if (cursor.Skip("COMMIT "))
        {
            return new Commit(cursor.Number());
        }

        return new Change(cursor.Skip("message: ") ? Message(ref cursor) : cursor.Skip("table ") ? OfTable(ref cursor) : throw cursor.Wrong());
    }

    private static LostChange Message(ref Cursor cursor)
    {
        cursor.Require("transactional: ");
        cursor.Number();
        cursor.Require(" prefix: ");
        var prefix = cursor.Until(", sz: ");
        cursor.Number();
        cursor.Require(" content:");
        return new LostChange { Kind = ChangeKind.Message, Prefix = prefix, Content = cursor.Rest() };
    }

    private static LostChange OfTable(ref Cursor cursor)
    {
        var tables = ImmutableArray.CreateBuilder<TableName>();
        do
        {
            var schema = cursor.Identifier();
            cursor.Require(".");
            tables.Add(new TableName(schema, cursor.Identifier()));
        }
        while (cursor.Skip(", "));
        cursor.Require(": ");
        if (cursor.Skip("TRUNCATE:"))
        {
            var flags = cursor.Rest();
            return new LostChange
            {
                Kind = ChangeKind.Truncate,
                Tables = tables.ToImmutable(),
                RestartsSequences = flags.Contains("restart_seqs", StringComparison.Ordinal),
            };
        }

        var kind = cursor.Skip("INSERT:") ? ChangeKind.Insert
            : cursor.Skip("UPDATE:") ? ChangeKind.Update
            : cursor.Skip("DELETE:") ? ChangeKind.Delete
            : throw cursor.Wrong();
        ImmutableArray<LostValue> old = [];
        ImmutableArray<LostValue> rows = [];
        if (kind == ChangeKind.Update && cursor.Skip(" " + OldKey))
        {
            old = Tuple(ref cursor);
            cursor.Require(" " + NewTuple);
        }

        if (!cursor.Skip(" " + NoTuple))
        {
            rows = Tuple(ref cursor);
        }

        cursor.RequireEnd();
        return new LostChange
        {
            Kind = kind,
            Tables = tables.ToImmutable(),
            Old = kind == ChangeKind.Delete ? rows : old,
            New = kind == ChangeKind.Delete ? [] : rows,
        };
    }

    /// <summary>Columns, each after a blank: <c> name[type]:value</c>.</summary>
    private static ImmutableArray<LostValue> Tuple(ref Cursor cursor)
    {
        var values = ImmutableArray.CreateBuilder<LostValue>();
        while (!cursor.AtEnd && !cursor.At(" " + NewTuple))
        {
            cursor.Require(" ");
            var name = cursor.Identifier();
            cursor.Require("[");
            cursor.SkipType();
            cursor.Require("]:");
            values.Add(cursor.Skip(Unchanged) ? new LostValue(name, null, IsUnchanged: true) : new LostValue(name, cursor.Value()));
        }

        return values.ToImmutable();
    }

    /// <summary>Walks over the text.</summary>
    private ref struct Cursor(string text)
    {
        private readonly string _text = text;
        private int _at;

        public readonly bool AtEnd => _at >= _text.Length;

        public readonly bool At(string expected) => string.CompareOrdinal(_text, _at, expected, 0, expected.Length) == 0;

        public bool Skip(string expected)
        {
            var there = At(expected);
            _at += there ? expected.Length : 0;
            return there;
        }

        public void Require(string expected)
        {
            if (!Skip(expected))
            {
                throw Wrong();
            }
        }

        public readonly void RequireEnd()
        {
            if (!AtEnd)
            {
                throw Wrong();
            }
        }

        public uint Number()
        {
            var start = _at;
            while (!AtEnd && char.IsAsciiDigit(_text[_at]))
            {
                _at++;
            }

            return uint.TryParse(_text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number : throw Wrong();
        }

        public string Until(string end)
        {
            var found = _text.IndexOf(end, _at, StringComparison.Ordinal);
            if (found < 0)
            {
                throw Wrong();
            }

            var part = _text[_at..found];
            _at = found + end.Length;
            return part;
        }

        public string Rest()
        {
            var rest = _text[_at..];
            _at = _text.Length;
            return rest;
        }

        /// <summary>A name as SQL writes it: plain, or in double quotes.</summary>
        public string Identifier()
        {
            if (!AtEnd && _text[_at] == '"')
            {
                return Quoted('"');
            }

            var start = _at;
            while (!AtEnd && _text[_at] is '_' or '$' or (>= 'a' and <= 'z') or (>= '0' and <= '9'))
            {
                _at++;
            }

            return _at > start ? _text[start.._at] : throw Wrong();
        }

        /// <summary>Up to the bracket that ends the type; array types have brackets of their own, and names of types may be quoted.</summary>
        public void SkipType()
        {
            var depth = 0;
            while (!AtEnd)
            {
                switch (_text[_at])
                {
                    case '"':
                        Quoted('"');
                        continue;
                    case '[':
                        depth++;
                        break;
                    case ']' when depth-- == 0:
                        return;
                }

                _at++;
            }

            throw Wrong();
        }

        /// <summary>A value: NULL, a quoted text, bits, or a bare word (a number, true, false).</summary>
        public string? Value()
        {
            if (!AtEnd && _text[_at] == '\'')
            {
                return Quoted('\'');
            }

            if (Skip("B'"))
            {
                _at--;
                return Quoted('\'');
            }

            var start = _at;
            while (!AtEnd && _text[_at] != ' ')
            {
                _at++;
            }

            var word = _text[start.._at];
            return word.Length == 0 ? throw Wrong() : word == "null" ? null : word;
        }

        public readonly FormatException Wrong() => new(
            $"the decoded log has an unknown form at character {_at}: '{_text[Math.Min(_at, _text.Length)..Math.Min(_at + 20, _text.Length)]}'");

        private string Quoted(char quote)
        {
            var part = new StringBuilder();
            for (_at++; !AtEnd; _at++)
            {
                if (_text[_at] != quote)
                {
                    part.Append(_text[_at]);
                }
                else if (_at + 1 < _text.Length && _text[_at + 1] == quote)
                {
                    part.Append(quote);
                    _at++;
                }
                else
                {
                    _at++;
                    return part.ToString();
                }
            }

            throw Wrong();
        }
    }
}
