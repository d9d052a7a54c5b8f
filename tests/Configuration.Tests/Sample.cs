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

    /// <summary>Parses the sample after one replacement, which must have taken place.</summary>
    public static LoadResult With(string part, string replacement, IEnvironment? environment = null)
    {
        Text.ShouldContain(part);
        return Parse(Text.Replace(part, replacement), environment);
    }

    /// <summary>Parses the sample with lines added to the store, indented by 4 already.</summary>
    public static LoadResult WithInStore(params string[] lines) =>
        With("    kind: postgresql\n", "    kind: postgresql\n" + string.Concat(lines.Select(line => $"    {line}\n")));

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
