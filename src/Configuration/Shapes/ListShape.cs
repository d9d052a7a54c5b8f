using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Holdfast.Configuration.Yaml;

namespace Holdfast.Configuration.Shapes;

/// <summary>Values in order.</summary>
internal sealed class ListShape<T>(string plural, Shape<T> items, int minimum) : Shape<ImmutableArray<Located<T>>>
    where T : notnull
{
    public Shape<T> Items => items;
    public override string Name => $"list of {plural}";

    public override object? Read(Node node, Place place, ReadContext context)
    {
        if (node is not ListNode list)
        {
            context.Findings.Error(place, $"is {node.Description}, not a list", $"write the {plural} as '[a, b]', or one per line after '- '");
            return null;
        }

        if (list.Items.Length < minimum)
        {
            context.Findings.Error(place, "is empty", $"it needs at least {minimum}");
        }

        var values = ImmutableArray.CreateBuilder<Located<T>>();
        for (var i = 0; i < list.Items.Length; i++)
        {
            var at = place.Item(i, list.Items[i].Mark);
            if (items.Read(list.Items[i], at, context) is T value)
            {
                values.Add(new Located<T>(value, at));
            }
        }

        return values.ToImmutable();
    }

    public override JsonObject Describe()
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = items.Describe() };
        if (minimum > 0)
        {
            schema["minItems"] = minimum;
        }

        return schema;
    }
}
