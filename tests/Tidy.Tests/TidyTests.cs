namespace Holdfast.Tidy.Tests;

/// <summary>The house style, as far as a program can see it, over the whole repository.</summary>
public class TidyTests
{
    [Fact]
    public void The_sources_are_found() => SourceTree.Files(".cs", "src", "tests").Count().ShouldBeGreaterThan(20);

    [Fact]
    public void No_source_file_is_longer_than_its_limit() => None(SourceTree.Files(".cs", "src", "samples", "tests").SelectMany(SourceRules.TooLong));

    [Fact]
    public void No_line_is_wider_than_its_limit() => None(SourceTree.Files(".cs", "src", "samples").SelectMany(SourceRules.TooWide));

    [Fact]
    public void Nothing_is_left_undone_swallowed_or_slept_over() => None(SourceTree.Files(".cs", "src", "samples").SelectMany(SourceRules.Forbidden));

    [Fact]
    public void Only_the_registry_knows_kinds_of_stores_by_name() => None(SourceTree.Files(".cs", "src").SelectMany(SourceRules.AsksForKind));

    [Fact]
    public void Every_folder_is_named_after_a_concept() => None(SourceTree.Folders("src", "samples", "tests").SelectMany(SourceRules.BadFolder));

    [Fact]
    public void Every_link_in_the_documents_leads_to_a_file() =>
        None(SourceTree.Files(".md", "docs", "samples").Concat(TopLevelPages()).SelectMany(
            page => SourceRules.DeadLinks(page, path => Path.Exists(Path.Combine(SourceTree.Root, path)))));

    [Fact]
    public void The_core_has_no_dependency() =>
        None(PureCore.Dependencies(File.ReadAllText(Path.Combine(SourceTree.Root, "src/Core/Holdfast.Core.csproj"))));

    [Fact]
    public void The_core_refers_to_nothing_but_the_framework() => None(PureCore.ForeignAssemblies(CorePath));

    [Fact]
    public void The_core_uses_no_io_no_clock_no_randomness_and_no_task() => None(PureCore.ForbiddenReferences(CorePath));

    private static string CorePath => typeof(Core.Invariant).Assembly.Location;

    private static IEnumerable<SourceFile> TopLevelPages() =>
        Directory.EnumerateFiles(SourceTree.Root, "*.md").Select(path => new SourceFile(Path.GetFileName(path), File.ReadAllText(path)));

    private static void None(IEnumerable<string> offences)
    {
        var all = string.Join("\n", offences);
        Assert.True(all.Length == 0, all);
    }
}
