using System.Globalization;
using System.Net;
using System.Text;
using System.Xml;

namespace Holdfast.Cli.Planning.Page;

/// <summary>A piece of a page. Text is escaped when it is written, wherever it came from, so that nothing has to remember to.</summary>
internal abstract class Node
{
    public static implicit operator Node(string text) => new TextNode(text);

    public abstract void Write(StringBuilder to);

    public override string ToString()
    {
        var text = new StringBuilder();
        Write(text);
        return text.ToString();
    }

    /// <summary>Escaped for text and for attributes in quotes. What XML cannot have at all, such as a control character, becomes U+FFFD.</summary>
    protected static string Escaped(string text) => WebUtility.HtmlEncode(
        string.Create(text.Length, text, (to, from) =>
        {
            for (var at = 0; at < from.Length; at++)
            {
                to[at] = char.IsSurrogate(from[at]) || XmlConvert.IsXmlChar(from[at]) ? from[at] : '\uFFFD';
            }
        }));
}

/// <summary>Text of anybody's.</summary>
internal sealed class TextNode(string text) : Node
{
    public override void Write(StringBuilder to) => to.Append(Escaped(text));
}

/// <summary>The page's own style sheet, which HTML wants as it is and XML without <c>&lt;</c> and <c>&amp;</c>.</summary>
internal sealed class StyleNode(string css) : Node
{
    public override void Write(StringBuilder to) => to.Append("<style>\n").Append(css).Append("</style>\n");
}

/// <summary>An element, written so that readers of HTML and of XML see the same.</summary>
internal sealed class Element(string name, params IEnumerable<Node> children) : Node
{
    private const string OnLinesOfTheirOwn = " html head body header main footer section table tbody tr figure svg ul dl p h1 h2 h3 title meta ";

    private readonly List<(string Name, string Value)> _attributes = [];
    private readonly List<Node> _children = [.. children];

    public Element With(string attribute, string value)
    {
        _attributes.Add((attribute, value));
        return this;
    }

    /// <summary>A coordinate or a length.</summary>
    public Element With(string attribute, double value) => With(attribute, value.ToString("0.##", CultureInfo.InvariantCulture));

    public Element Of(string cssClass) => With("class", cssClass);

    public void Add(Node child) => _children.Add(child);

    public override void Write(StringBuilder to)
    {
        to.Append('<').Append(name);
        foreach (var (attribute, value) in _attributes)
        {
            to.Append(' ').Append(attribute).Append("=\"").Append(Escaped(value)).Append('"');
        }

        // HTML closes only those by themselves that are always empty; of the others "<p/>" would stay open.
        if (name == "meta")
        {
            to.Append("/>\n");
            return;
        }

        to.Append('>');
        foreach (var child in _children)
        {
            child.Write(to);
        }

        to.Append("</").Append(name).Append('>');
        if (OnLinesOfTheirOwn.Contains($" {name} ", StringComparison.Ordinal))
        {
            to.Append('\n');
        }
    }
}
