using System.Text.Json.Nodes;
using Holdfast.Configuration.Yaml;

namespace Holdfast.Configuration.Shapes;

/// <summary>A section with known keys. Unknown ones are errors.</summary>
internal sealed class SectionShape(string title, params Key[] keys) : Shape<Section>
{
    /// <summary>In order of the reference.</summary>
    public IReadOnlyList<Key> Keys { get; } = keys;
    public string Title { get; } = title;

    /// <summary>Exactly one of these must be given; empty: no such rule.</summary>
    public IReadOnlyList<Key> OneOf { get; init; } = [];
    public override string Name => "section";
    public override bool AllowsNothing => OneOf.Count == 0 && !Keys.Any(key => key.IsRequired);

    public override object? Read(Node node, Place place, ReadContext context)
    {
        var section = new Section(place);
        if (node is MapNode map)
        {
            foreach (var entry in map.Entries)
            {
                ReadEntry(section, entry, context);
            }
        }
        else if (node is not ScalarNode { IsNull: true })
        {
            context.Findings.Error(place, $"is {node.Description}, not a section with keys", $"its keys are: {KeyNames()}");
            return null;
        }

        foreach (var key in Keys.Where(key => key.IsRequired && !section.IsGiven(key)))
        {
            context.Findings.Error(section.PlaceOf(key), "is missing", $"add '{key.Name}: {key.Example ?? "…"}'");
        }

        CheckOneOf(section, context);
        return section;
    }

    private void CheckOneOf(Section section, ReadContext context)
    {
        var given = OneOf.Where(section.IsGiven).ToList();
        if (OneOf.Count > 0 && given.Count == 0)
        {
            var choice = string.Join(", or ", OneOf.Select(key => $"'{key.Name}: {key.Example ?? "…"}'"));
            context.Findings.Error(section.PlaceOf(OneOf[0]), "is missing", $"add {choice}");
        }

        foreach (var key in given.Skip(1))
        {
            context.Findings.Error(
                section.PlaceOf(key),
                $"excludes '{given[0].Name}', which is given too",
                $"keep one of: {string.Join(", ", OneOf.Select(one => one.Name))}");
        }
    }

    private void ReadEntry(Section section, MapEntry entry, ReadContext context)
    {
        // A section is pointed at by its name, a value by itself: that is where the eye looks for it.
        var here = entry.Value is MapNode or ScalarNode { IsNull: true } ? entry.KeyMark : entry.Value.Mark;
        var key = Keys.FirstOrDefault(key => key.Name == entry.Key);
        if (key is null)
        {
            context.Findings.Error(
                section.Place.Child(entry.Key, entry.KeyMark),
                $"'{entry.Key}' is not a key here",
                DidYouMean.Remedy(entry.Key, [.. Keys.Select(known => known.Name)], "the keys here are:"));
            return;
        }

        var place = section.Place.Child(key.Name, here);
        section.Set(key, key.Shape.Read(entry.Value, place, context), place);
    }

    public override JsonObject Describe()
    {
        var properties = new JsonObject();
        foreach (var key in Keys)
        {
            var schema = key.Shape.Describe();
            schema["description"] = key.Meaning.Replace("`", "", StringComparison.Ordinal);
            if (key.DefaultJson is { } value)
            {
                schema["default"] = value;
            }

            properties[key.Name] = schema;
        }

        var result = new JsonObject
        {
            ["type"] = AllowsNothing ? new JsonArray("object", "null") : "object",
            ["additionalProperties"] = false,
            ["properties"] = properties,
        };
        if (Keys.Any(key => key.IsRequired))
        {
            result["required"] = new JsonArray([.. Keys.Where(key => key.IsRequired).Select(key => JsonValue.Create(key.Name))]);
        }

        if (OneOf.Count > 0)
        {
            result["oneOf"] = new JsonArray([.. OneOf.Select(key => new JsonObject { ["required"] = new JsonArray(key.Name) })]);
        }

        return result;
    }

    private string KeyNames() => string.Join(", ", Keys.Select(key => key.Name));
}
