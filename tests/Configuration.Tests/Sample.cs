namespace Holdfast.Configuration.Tests;

/// <summary>A small valid file, and ways to spoil it.</summary>
internal static class Sample
{
    public const string Text = """
        system: demo
        coordination:
          etcd: [http://127.0.0.1:2379]
        sites:
          fra: {}
          muc: { witness: true }
        stores:
          orders:
            kind: postgresql
            members:
              a: { site: fra, address: 127.0.0.1:5441, agent: 127.0.0.1:8441, data: /srv/a }
              b: { site: fra, address: 127.0.0.1:5442, agent: 127.0.0.1:8442, data: /srv/b }
              c: { site: fra, address: 127.0.0.1:5443, agent: 127.0.0.1:8443, data: /srv/c }

        """;

    /// <summary>The same with members at two sites and a witness.</summary>
    public static readonly string TwoSites = Text
        .Replace("fra: {}", "fra: {}\n  ber: {}")
        .Replace("c: { site: fra", "c: { site: ber")
        .Insert(Text.Length + "  ber: {}\n".Length, "      d: { site: ber, address: 127.0.0.1:5444, agent: 127.0.0.1:8444, data: /srv/d }\n");

    /// <summary>Parses the one with two sites, with lines added to the store.</summary>
    public static LoadResult WithInTwoSites(params string[] lines) => Parse(InStore(TwoSites, lines));

    /// <summary>A text with lines added to its store, and indented as they must be.</summary>
    public static string InStore(string text, params string[] lines) =>
        text.Replace("    kind: postgresql\n", "    kind: postgresql\n" + string.Concat(lines.Select(line => $"    {line}\n")));

    /// <summary>Parses the sample after one replacement, which must have taken place.</summary>
    public static LoadResult With(string part, string replacement, IEnvironment? environment = null)
    {
        Text.ShouldContain(part);
        return Parse(Text.Replace(part, replacement), environment);
    }

    /// <summary>Parses the sample with lines added to the store, indented by 4 already.</summary>
    public static LoadResult WithInStore(params string[] lines) =>
        Parse(InStore(Text, lines));

    public static LoadResult Parse(string text, IEnvironment? environment = null) => SystemFile.Parse(text, "/etc/holdfast", environment ?? new FakeEnvironment());

    /// <summary>The one error, with nothing else beside it.</summary>
    public static Problem OnlyError(this LoadResult result)
    {
        result.System.ShouldBeNull();
        return result.Problems.ShouldHaveSingleItem().ShouldBeError();
    }

    /// <summary>The one warning on a file that is valid.</summary>
    public static Problem OnlyWarning(this LoadResult result)
    {
        var problem = result.Problems.ShouldHaveSingleItem();
        problem.Severity.ShouldBe(Severity.Warning, problem.ToString());
        result.System.ShouldNotBeNull();
        return problem;
    }

    public static Problem ShouldBeError(this Problem problem)
    {
        problem.Severity.ShouldBe(Severity.Error, problem.ToString());
        problem.Message.ShouldNotBeEmpty();
        problem.Remedy.ShouldNotBeEmpty();
        return problem;
    }
}
