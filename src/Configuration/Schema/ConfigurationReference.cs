using System.Text;
using Holdfast.Configuration.Shapes;

namespace Holdfast.Configuration.Schema;

/// <summary>The reference of all keys, in Markdown, for <c>docs/CONFIGURATION.md</c>.</summary>
public static class ConfigurationReference
{
    public const string Begin = "<!-- Generated from the table of keys in src/Configuration/Schema; see the end of this page. -->";
    public const string End = "<!-- End of what is generated. -->";

    /// <summary>One table per section, then the forms of values.</summary>
    public static string ToMarkdown()
    {
        var text = new StringBuilder();
        var forms = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Write(SystemKeys.Shape, text, forms, []);
        text.Append("### Forms of values\n\n| form | how it is written |\n|---|---|\n");
        foreach (var (name, explanation) in forms)
        {
            text.Append($"| {name} | {explanation} |\n");
        }

        return text.ToString();
    }

    private static void Write(SectionShape section, StringBuilder text, SortedDictionary<string, string> forms, HashSet<SectionShape> written)
    {
        // Several keys may have the same section: its table stands where it first comes.
        if (!written.Add(section))
        {
            return;
        }

        var title = section == SystemKeys.Shape ? section.Title : $"`{section.Title}`";
        text.Append($"### {title}\n\n| key | form | default | meaning |\n|---|---|---|---|\n");
        var inner = new List<SectionShape>();
        foreach (var key in section.Keys)
        {
            text.Append($"| `{key.Name}` | {FormOf(key.Shape, forms, inner)} | {DefaultOf(key)} | {key.Meaning} |\n");
        }

        text.Append('\n');
        foreach (var next in inner)
        {
            Write(next, text, forms, written);
        }
    }

    private static string FormOf(Shape shape, SortedDictionary<string, string> forms, List<SectionShape> inner)
    {
        switch (shape)
        {
            case SectionShape section:
                inner.Add(section);
                break;
            case MapShape<Section> { Values: SectionShape section }:
                inner.Add(section);
                break;
            case ListShape<Uri> list:
                Explain(list.Items, forms);
                break;
            case ListShape<ClientAuthentication> list:
                Explain(list.Items, forms);
                break;
            default:
                Explain(shape, forms);
                break;
        }

        return shape.Name;
    }

    private static void Explain(Shape shape, SortedDictionary<string, string> forms)
    {
        if (shape.Explanation is { } explanation)
        {
            forms[shape.Name] = explanation;
        }
    }

    private static string DefaultOf(Key key) => key switch
    {
        { IsRequired: true } => "**required**",
        { DefaultText: { } text } => $"`{text}`",
        _ => key.DefaultInWords ?? "",
    };
}
