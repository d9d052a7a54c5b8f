using System.Text.Json.Nodes;
using Holdfast.Configuration.Yaml;

namespace Holdfast.Configuration.Shapes;

/// <summary>A section with known keys. Unknown ones are errors.</summary>
internal sealed class SectionShape(string title, params Key[] keys) : Shape<Section>
{
    /// <summary>In order of the reference.</summary>
    public IReadOnlyList<Key> Keys { get; } = keys;
    public string Title { get; } = title;
    public override string Name => "section";
    public override bool AllowsNothing => !Keys.Any(key => key.IsRequired);

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

        return section;
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
        if (!AllowsNothing)
        {
            result["required"] = new JsonArray([.. Keys.Where(key => key.IsRequired).Select(key => JsonValue.Create(key.Name))]);
        }

        return result;
    }

    private string KeyNames() => string.Join(", ", Keys.Select(key => key.Name));
}
