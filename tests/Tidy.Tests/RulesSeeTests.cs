namespace Holdfast.Tidy.Tests;

/// <summary>Each rule sees what it is there for; otherwise the tidy tests would pass blindly.</summary>
public class RulesSeeTests
{
    [Theory]
    [InlineData("// TODO: later", 1)]
    [InlineData("int a;\nthrow new NotImplementedException();", 2)]
    [InlineData("Thread.Sleep(5);", 1)]
    [InlineData("try { } catch { }", 1)]
    [InlineData("try\n{\n}\ncatch (IOException)\n{\n}", 4)]
    [InlineData("try { } catch (IOException e) when (e.HResult == 5) { }", 1)]
    public void Forbidden_text_is_seen_with_its_line(string text, int line) =>
        SourceRules.Forbidden(new SourceFile("a.cs", text)).ShouldHaveSingleItem().ShouldStartWith($"a.cs:{line}: ");

    [Theory]
    [InlineData("catch (IOException) { Log(); }")]
    [InlineData("var todoList = 1;")]
    [InlineData("new Dictionary<string, int> { }")]
    public void Innocent_text_is_left_alone(string text) => SourceRules.Forbidden(new SourceFile("a.cs", text)).ShouldBeEmpty();

    [Fact]
    public void A_file_of_401_lines_and_a_line_of_161_columns_are_seen()
    {
        SourceRules.TooLong(new SourceFile("a.cs", string.Concat(Enumerable.Repeat("x\n", 400)))).ShouldBeEmpty();
        SourceRules.TooLong(new SourceFile("a.cs", string.Concat(Enumerable.Repeat("x\n", 401)))).ShouldHaveSingleItem();
        SourceRules.TooWide(new SourceFile("a.cs", "x\n" + new string('x', 160))).ShouldBeEmpty();
        SourceRules.TooWide(new SourceFile("a.cs", "x\n" + new string('x', 161)))
            .ShouldHaveSingleItem().ShouldStartWith("a.cs:2: 161 columns");
    }

    [Theory]
    [InlineData("if (store.Kind == \"postgresql\")", true)]
    [InlineData("private static IVerifyTarget? Of(StoreSpec store) => store.Kind switch", true)]
    [InlineData("    \"redis\" => new RedisEngine(),", true)]
    [InlineData("EngineKinds.Of(store.Kind).CreateEngine(store)", false)]
    [InlineData("if (move.Kind == MoveKind.Failover)", false)]
    public void Who_asks_for_the_kind_of_a_store_by_name_is_seen(string text, bool seen) =>
        SourceRules.AsksForKind(new SourceFile("a.cs", text)).Any().ShouldBe(seen);

    [Fact]
    public void An_empty_name_for_a_folder_is_seen()
    {
        SourceRules.BadFolder("src/Agent/Helpers/Json").ShouldHaveSingleItem();
        SourceRules.BadFolder("src/Agent/Heartbeats").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("see [a](there.md)", true)]
    [InlineData("see [a](../src/there.md#part)", true)]
    [InlineData("see [a](/there.md \"title\")", true)]
    [InlineData("[a]: there.md", true)]
    [InlineData("see [a](here.md#part)", false)]
    [InlineData("see [a](#part) and [b](https://example.org/x.md)", false)]
    [InlineData("`[a](there.md)`", false)]
    [InlineData("```\n[a](there.md)\n```", false)]
    public void A_link_to_nowhere_is_seen(string text, bool isDead) =>
        SourceRules.DeadLinks(new SourceFile("docs/page.md", text), path => path == "docs/here.md").Any().ShouldBe(isDead);

    [Fact]
    public void Impure_references_and_dependencies_are_seen()
    {
        // This test's own assembly does what the core may not.
        var own = typeof(RulesSeeTests).Assembly.Location;
        PureCore.ForbiddenReferences(own).ShouldContain("System.IO.File");
        PureCore.ForeignAssemblies(own).ShouldContain("Holdfast.Core");
        PureCore.Dependencies("<Project><ItemGroup><PackageReference Include=\"X\" /></ItemGroup></Project>")
            .ShouldBe(["PackageReference X"]);
    }
}
