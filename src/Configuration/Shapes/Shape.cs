using System.Text.Json.Nodes;
using Holdfast.Configuration.Yaml;

namespace Holdfast.Configuration.Shapes;

/// <summary>What is needed while values are read.</summary>
/// <param name="Folder">Absolute folder of the file, which relative paths in it start from.</param>
internal sealed record ReadContext(Findings Findings, IEnvironment Environment, string Folder)
{
    /// <summary>
    /// What the file refers to outside itself is read, and must be what it says. Not for planning: passwords and keys are on the servers, and no plan
    /// depends on them.
    /// </summary>
    public bool FollowsReferences { get; init; } = true;

    public string Absolute(string path) => Path.GetFullPath(path, Folder);
}

/// <summary>The form of a value: how it is read, how the JSON schema says it, and what the reference calls it.</summary>
internal abstract class Shape
{
    /// <summary>Its name in the reference: "duration", "list of URLs".</summary>
    public abstract string Name { get; }

    /// <summary>Explained once in the reference, under <see cref="Name"/>; null: the name says all.</summary>
    public virtual string? Explanation => null;

    /// <summary>Its JSON schema.</summary>
    public abstract JsonObject Describe();

    /// <summary>Whether the user may leave the value empty ("sites: {fra: }").</summary>
    public virtual bool AllowsNothing => false;

    /// <summary>Reads; null when it is wrong, and then the reason is among the findings.</summary>
    public abstract object? Read(Node node, Place place, ReadContext context);
}

/// <summary>A shape whose values are <typeparamref name="T"/>.</summary>
internal abstract class Shape<T> : Shape
    where T : notnull
{
    /// <summary>As a user would write it.</summary>
    public virtual string Format(T value) => value.ToString() ?? "";

    /// <summary>The default for the JSON schema.</summary>
    public virtual JsonNode FormatJson(T value) => JsonValue.Create(Format(value));
}

/// <summary>A shape for one scalar.</summary>
internal abstract class ScalarShape<T> : Shape<T>
    where T : notnull
{
    /// <summary>What to write instead of something wrong: "write for example 10.0.1.1:5432".</summary>
    protected abstract string Remedy { get; }

    /// <summary>What the value is called in a message: "'x' is not …".</summary>
    protected virtual string Noun => Name;

    public sealed override object? Read(Node node, Place place, ReadContext context)
    {
        if (node is not ScalarNode scalar || (scalar.IsNull && !AllowsNothing))
        {
            context.Findings.Error(place, node is ScalarNode ? "has no value" : $"is {node.Description}, not {Article(Noun)}", Remedy);
            return null;
        }

        return TryParse(scalar, place, context, out var value) ? value : null;
    }

    /// <summary>Parses; when it returns false it has told why.</summary>
    protected abstract bool TryParse(ScalarNode scalar, Place place, ReadContext context, out T value);

    /// <summary>Tells that the text is not of this shape.</summary>
    protected void Refuse(ScalarNode scalar, Place place, ReadContext context, string? remedy = null) =>
        context.Findings.Error(place, $"'{scalar.Text}' is not {Article(Noun)}", remedy ?? Remedy);

    protected static string Article(string noun) =>
        noun.Contains(':', StringComparison.Ordinal)
            ? noun
            : "aeiou".Contains(noun[0], StringComparison.Ordinal) ? $"an {noun}" : $"a {noun}";

    protected static JsonObject TextSchema(string? pattern = null)
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (pattern is not null)
        {
            schema["pattern"] = pattern;
        }

        return schema;
    }
}
