using System.Text.Json.Nodes;
using Holdfast.Configuration.Yaml;

namespace Holdfast.Configuration.Shapes;

/// <summary>A name of the project's form, or a reference to one.</summary>
internal sealed class NameShape(string noun) : ScalarShape<string>
{
    public override string Name => "name";
    public override string Explanation => "Lower-case letters, digits and dashes, at most 63, a letter or digit at either end.";
    protected override string Noun => $"name of a {noun}";
    protected override string Remedy => NameForm.Name.Remedy;
    public override JsonObject Describe() => TextSchema(NameForm.Name.Pattern);

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out string value)
    {
        value = scalar.Text;
        if (NameForm.Name.IsMatch(value))
        {
            return true;
        }

        Refuse(scalar, place, context);
        return false;
    }
}

/// <summary>Text without line breaks.</summary>
internal sealed class TextShape(string example) : ScalarShape<string>
{
    public override string Name => "text";
    protected override string Remedy => $"write for example {example}";
    public override JsonObject Describe() => TextSchema();

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out string value)
    {
        value = scalar.Text;
        if (value.Length > 0 && !value.Any(char.IsControl))
        {
            return true;
        }

        context.Findings.Error(place, value.Length == 0 ? "is empty" : "holds a line break or control character", Remedy);
        return false;
    }
}

/// <summary>A setting of the server: text, a number or a truth value, passed on as written.</summary>
internal sealed class ParameterShape : ScalarShape<string>
{
    public static readonly ParameterShape Instance = new();

    public override string Name => "text, number, or true or false";
    protected override string Noun => "setting";
    protected override string Remedy => "write one value, for example 64MB";
    public override JsonObject Describe() => new() { ["type"] = new JsonArray("string", "number", "boolean") };

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out string value)
    {
        value = scalar.Text;
        if (!value.Any(char.IsControl))
        {
            return true;
        }

        context.Findings.Error(place, "holds a line break or control character", "write the value on one line");
        return false;
    }
}

/// <summary>A folder on the members' hosts.</summary>
internal sealed class HostFolderShape(string example) : ScalarShape<string>
{
    public override string Name => "absolute path";
    protected override string Remedy => $"write for example {example}";
    public override JsonObject Describe() => TextSchema("^/.*[^/.]");

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out string value)
    {
        value = scalar.Text;
        if (!value.StartsWith('/') || value.Any(char.IsControl))
        {
            Refuse(scalar, place, context);
            return false;
        }

        value = Path.TrimEndingDirectorySeparator(Path.GetFullPath(value));
        if (value == "/")
        {
            context.Findings.Error(place, "is the root of the file system", Remedy);
            return false;
        }

        return true;
    }
}
