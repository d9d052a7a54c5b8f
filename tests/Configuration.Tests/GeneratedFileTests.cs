using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Holdfast.Configuration.Schema;

namespace Holdfast.Configuration.Tests;

/// <summary>The schema and the reference are generated from the table of keys and kept in the repository; HOLDFAST_WRITE=1 writes them anew.</summary>
public class GeneratedFileTests
{
    private static bool Writes => Environment.GetEnvironmentVariable("HOLDFAST_WRITE") == "1";

    [Fact]
    public void The_json_schema_is_current() => Check("schema/holdfast.schema.json", _ => ConfigurationSchema.ToJson());

    [Fact]
    public void The_reference_is_current() => Check("docs/CONFIGURATION.md", page =>
    {
        var begin = page.IndexOf(ConfigurationReference.Begin, StringComparison.Ordinal);
        var end = page.IndexOf(ConfigurationReference.End, StringComparison.Ordinal);
        begin.ShouldBeGreaterThan(0);
        end.ShouldBeGreaterThan(begin);
        return $"{page[..begin]}{ConfigurationReference.Begin}\n\n{ConfigurationReference.ToMarkdown()}\n{page[end..]}";
    });

    [Fact]
    public void Every_pattern_of_the_schema_is_a_regular_expression()
    {
        var patterns = All(JsonNode.Parse(ConfigurationSchema.ToJson())!).ToList();

        patterns.ShouldNotBeEmpty();
        foreach (var pattern in patterns)
        {
            Should.NotThrow(() => Regex.IsMatch("x", pattern, RegexOptions.ECMAScript), pattern);
        }
    }

    private static void Check(string path, Func<string, string> generate)
    {
        var file = Repository.PathOf(path);
        var present = File.Exists(file) ? File.ReadAllText(file) : "";
        var expected = generate(present);
        if (Writes)
        {
            File.WriteAllText(file, expected);
            return;
        }

        (present == expected).ShouldBeTrue($"{path} is not current: run HOLDFAST_WRITE=1 ./test --only core, and commit the result");
    }

    private static IEnumerable<string> All(JsonNode node)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (name, value) in map)
                {
                    if (name == "pattern" && value is JsonValue pattern)
                    {
                        yield return pattern.GetValue<string>();
                    }

                    if (name == "patternProperties")
                    {
                        foreach (var (key, _) in value!.AsObject())
                        {
                            yield return key;
                        }
                    }

                    foreach (var inner in value is null ? [] : All(value))
                    {
                        yield return inner;
                    }
                }

                break;
            case JsonArray list:
                foreach (var inner in list.OfType<JsonNode>().SelectMany(All))
                {
                    yield return inner;
                }

                break;
        }
    }
}
