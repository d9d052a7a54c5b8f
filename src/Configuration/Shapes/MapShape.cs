using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Holdfast.Configuration.Yaml;

namespace Holdfast.Configuration.Shapes;

/// <summary>Values under names of the user's choice.</summary>
/// <param name="noun">What one of them is: "site".</param>
/// <param name="names">The form of the names.</param>
/// <param name="minimum">How many there must be.</param>
internal sealed class MapShape<T>(string noun, NameForm names, Shape<T> values, int minimum) : Shape<ImmutableArray<Entry<T>>>
    where T : notnull
{
    public string Noun { get; } = noun;
    public Shape<T> Values { get; } = values;
    public override string Name => $"{Values.Name} per {Noun}";
    public override bool AllowsNothing => minimum == 0;

    public override object? Read(Node node, Place place, ReadContext context)
    {
        var entries = ImmutableArray.CreateBuilder<Entry<T>>();
        if (node is MapNode map)
        {
            foreach (var entry in map.Entries)
            {
                var here = entry.Value is MapNode or ScalarNode { IsNull: true } ? entry.KeyMark : entry.Value.Mark;
                var at = place.Child(entry.Key, here);
                if (!names.IsMatch(entry.Key))
                {
                    context.Findings.Error(at with { Mark = entry.KeyMark }, $"'{entry.Key}' is not a name for a {Noun}", names.Remedy);
                }

                if (Values.Read(entry.Value, at, context) is T value)
                {
                    entries.Add(new Entry<T>(entry.Key, at, value));
                }
            }
        }
        else if (node is not ScalarNode { IsNull: true })
        {
            context.Findings.Error(place, $"is {node.Description}, not a section with one key per {Noun}", $"write 'NAME: …' for each {Noun}");
            return null;
        }

        if ((node as MapNode)?.Entries.Length is not { } count || count < minimum)
        {
            if (minimum > 0)
            {
                context.Findings.Error(place, $"names no {Noun}", $"add at least one {Noun}");
            }
        }

        return entries.ToImmutable();
    }

    public override JsonObject Describe()
    {
        var schema = new JsonObject
        {
            ["type"] = AllowsNothing ? new JsonArray("object", "null") : "object",
            ["additionalProperties"] = false,
            ["patternProperties"] = new JsonObject { [names.Pattern] = Values.Describe() },
        };
        if (minimum > 0)
        {
            schema["minProperties"] = minimum;
        }

        return schema;
    }
}
