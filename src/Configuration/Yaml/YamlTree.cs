using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Holdfast.Configuration.Yaml;

/// <summary>
/// Reads YAML into nodes with positions. Anchors, aliases and tags are refused: a file of this size gains nothing by them, and
/// without them a small text cannot become a large tree.
/// </summary>
internal sealed class YamlTree(string text, Findings findings)
{
    /// <summary>Levels of nesting; the deepest key of the schema is at 7.</summary>
    public const int DepthLimit = 32;

    /// <summary>Where the brackets stand that are open.</summary>
    private readonly Stack<Mark> _open = new();
    private readonly Parser _parser = new(new Scanner(new StringReader(text), skipComments: true));

    /// <summary>The root, or null when the text is not one YAML document (the reason is among the findings).</summary>
    public static Node? Read(string text, Findings findings)
    {
        try
        {
            return new YamlTree(text, findings).Document();
        }
        catch (YamlException exception)
        {
            Explain(text, exception, findings);
            return null;
        }
        catch (InvalidDataException)
        {
            // Thrown here, where the text cannot be made sense of any further; why is among the findings.
            return null;
        }
    }

    private Node? Document()
    {
        Next();
        if (_parser.Current is StreamStart)
        {
            Next();
        }

        if (_parser.Current is not DocumentStart)
        {
            findings.Error(new Place("", default), "the file is empty", "begin with 'system: NAME'; docs/CONFIGURATION.md and examples/ show the rest");
            return null;
        }

        Next();
        var root = Value(new Place("", new Mark(1, 1)), depth: 1);
        Next();
        if (_parser.MoveNext() && _parser.Current is DocumentStart second)
        {
            findings.Error(
                new Place("", At(second.Start)), "a second document begins here", "describe one system per file: remove the line '---' and what follows");
            return null;
        }

        return root;
    }

    private Node Value(Place place, int depth)
    {
        var current = _parser.Current!;
        var mark = At(current.Start);
        if (depth > DepthLimit)
        {
            findings.Error(place with { Mark = mark }, $"is nested deeper than {DepthLimit} levels", "no key of the file needs that: remove the brackets");
            throw new InvalidDataException("the text ends in the middle, or is nested too deep");
        }

        RefuseAnchorsAndTags(current, place);
        switch (current)
        {
            case Scalar scalar:
                return new ScalarNode(mark, scalar.Value, scalar.Style == ScalarStyle.Plain);
            case SequenceStart sequence:
                return InBrackets(sequence.Style == SequenceStyle.Flow, mark, () => List(place, mark, depth));
            case MappingStart mapping:
                return InBrackets(mapping.Style == MappingStyle.Flow, mark, () => Map(place, mark, depth));
            default:
                return new ScalarNode(mark, "", IsPlain: true);
        }
    }

    private Node InBrackets(bool isFlow, Mark mark, Func<Node> read)
    {
        if (!isFlow)
        {
            return read();
        }

        _open.Push(mark);
        var node = read();
        _open.Pop();
        return node;
    }

    private ListNode List(Place place, Mark mark, int depth)
    {
        var items = ImmutableArray.CreateBuilder<Node>();
        for (Next(); _parser.Current is not SequenceEnd; Next())
        {
            items.Add(Value(place.Item(items.Count, At(_parser.Current!.Start)), depth + 1));
        }

        return new ListNode(mark, items.ToImmutable());
    }

    private MapNode Map(Place place, Mark mark, int depth)
    {
        var entries = ImmutableArray.CreateBuilder<MapEntry>();
        var seen = new Dictionary<string, Mark>(StringComparer.Ordinal);
        for (Next(); _parser.Current is not MappingEnd; Next())
        {
            var keyNode = Value(place, depth + 1);
            Next();
            if (keyNode is not ScalarNode key)
            {
                findings.Error(place with { Mark = keyNode.Mark }, $"{keyNode.Description} stands where a key belongs", "write 'key: value'");
                Value(place, depth + 1);
                continue;
            }

            var keyPlace = place.Child(key.Text, key.Mark);
            var value = Value(keyPlace, depth + 1);
            if (seen.TryGetValue(key.Text, out var first))
            {
                findings.Error(keyPlace, $"is given twice, first on line {first.Line}", "keep one of the two");
                continue;
            }

            seen.Add(key.Text, key.Mark);
            entries.Add(new MapEntry(key.Text, key.Mark, value));
        }

        return new MapNode(mark, entries.ToImmutable());
    }

    private void RefuseAnchorsAndTags(ParsingEvent current, Place place)
    {
        place = place with { Mark = At(current.Start) };
        if (current is AnchorAlias alias)
        {
            findings.Error(place, $"the alias '*{alias.Value}' is not supported", "write the value out");
        }
        else if (current is NodeEvent node)
        {
            if (!node.Anchor.IsEmpty)
            {
                findings.Error(place, $"the anchor '&{node.Anchor}' is not supported", "remove it and write the value out wherever it is needed");
            }

            if (!node.Tag.IsEmpty)
            {
                findings.Error(place, $"the tag '{node.Tag}' is not supported", "remove it");
            }
        }
    }

    private void Next()
    {
        var more = false;
        try
        {
            more = _parser.MoveNext();
        }
        catch (InvalidOperationException)
        {
            // The parser answers brackets that do not match in this way, without a position.
            var isOpen = _open.TryPeek(out var open);
            findings.Error(
                new Place("", isOpen ? open : At(_parser.Current!.End)),
                isOpen ? "the bracket that opens here is not closed" : "the brackets after here do not match",
                "look for a bracket or quote too few or too many");
        }

        if (!more)
        {
            throw new InvalidDataException("the text ends in the middle, or is nested too deep");
        }
    }

    private static Mark At(in YamlDotNet.Core.Mark mark) => new((int)mark.Line, (int)mark.Column);

    private static void Explain(string text, YamlException exception, Findings findings)
    {
        var (first, last) = (At(exception.Start), At(exception.End));
        var lines = text.Split('\n');
        var isTab = exception.Message.Contains(" tab ", StringComparison.Ordinal);
        for (var number = Math.Max(1, first.Line); number <= (isTab ? lines.Length : Math.Min(last.Line, lines.Length)); number++)
        {
            var line = lines[number - 1];
            var tab = line.AsSpan(0, line.Length - line.AsSpan().TrimStart().Length).IndexOf('\t');
            if (tab >= 0)
            {
                findings.Error(new Place("", new Mark(number, tab + 1)), "a tab indents this line", "indent with spaces");
                return;
            }
        }

        var message = exception.Message;
        var reason = message[(message.LastIndexOf("): ", StringComparison.Ordinal) is var end and >= 0 ? end + 3 : 0)..].Trim().TrimEnd('.');
        var sentence = reason.Length == 0 ? "cannot be read" : char.ToLowerInvariant(reason[0]) + reason[1..];
        findings.Error(new Place("", first), $"is not YAML: {sentence}", "look at the indentation, the colons and the quotes of this line and the one before");
    }
}
