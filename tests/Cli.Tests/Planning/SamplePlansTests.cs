using Holdfast.Agent.Tests.Api;

namespace Holdfast.Cli.Tests.Planning;

/// <summary>docs/PLANS.md shows what the command prints for each sample; HOLDFAST_WRITE=1 writes it anew.</summary>
public sealed class SamplePlansTests
{
    private static readonly (string File, string Title)[] Samples =
    [
        ("hospital", "A hospital group"), ("grid-operator", "A grid operator"), ("small-shop", "A small shop"),
    ];

    [Fact]
    public async Task The_plans_of_the_samples_are_those_in_the_docs()
    {
        var page = Repository.PathOf("docs", "PLANS.md");
        var expected = await PageAsync();
        if (Environment.GetEnvironmentVariable("HOLDFAST_WRITE") == "1")
        {
            await File.WriteAllTextAsync(page, expected);
        }

        (File.Exists(page) ? await File.ReadAllTextAsync(page) : "").ShouldBe(
            expected, "docs/PLANS.md is not current: run HOLDFAST_WRITE=1 ./test --only cli, and commit the result");
    }

    private static async Task<string> PageAsync()
    {
        var text = """
            # Three plans

            What `holdfast plan` says of the three files in [samples/plans](../samples/plans), with all patterns beside each other. How
            to read it is in [PLANNING.md](PLANNING.md). This page is written by a test; its prices, rates and sizes are the samples'.

            """;
        foreach (var (file, title) in Samples)
        {
            var run = await new Shell(SampleGroup.System()).RunSplitAsync(["plan", Repository.PathOf("samples", "plans", $"{file}.yaml"), "--compare"]);
            run.Code.ShouldBe(0, run.Error);
            text += $"\n## {title}\n\n```\n$ holdfast plan samples/plans/{file}.yaml --compare\n{run.Out.TrimEnd()}\n```\n";
        }

        return text;
    }
}
