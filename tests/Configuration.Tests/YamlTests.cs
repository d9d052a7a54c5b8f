using System.Text;

namespace Holdfast.Configuration.Tests;

/// <summary>Files that are no good YAML, or none at all.</summary>
public sealed class YamlTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast-configuration-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n\n")]
    public void An_empty_file_is_told_to_begin(string text) => Sample.Parse(text).OnlyError().Message.ShouldBe("the file is empty");

    [Theory]
    [InlineData("---\n")]
    [InlineData("hello")]
    [InlineData("[a, b]")]
    public void A_file_that_is_no_section_is_an_error(string text) => Sample.Parse(text).Errors.ShouldNotBeEmpty();

    [Fact]
    public void A_syntax_error_is_told_with_its_place()
    {
        var problem = Sample.Parse("system: demo\nsites:\n  fra: {}\n fra: {}\n").OnlyError();

        problem.Message.ShouldStartWith("is not YAML: ");
        problem.Line.ShouldBe(4);
    }

    [Fact]
    public void A_bracket_that_is_never_closed_is_pointed_at()
    {
        var problem = Sample.Parse("system: demo\nsites: {fra: {}\nstores:\n").OnlyError();

        (problem.Line, problem.Column, problem.Message).ShouldBe((2, 8, "the bracket that opens here is not closed"));
    }

    [Theory]
    [InlineData("system: demo\nsites: fra: {}}\nstores: [a\n")]
    [InlineData("system: demo\nsites: {fra: {}}}\nstores: {}\n")]
    [InlineData("]\nsystem: demo\n")]
    [InlineData("system: 'demo\n")]
    [InlineData("system: \"demo\n")]
    [InlineData("? {a: b}\n: c\n")]
    [InlineData("system: |\n  a\n b\n")]
    [InlineData("%YAML 9.9\n---\nsystem: demo\n")]
    public void Whatever_is_no_yaml_is_told_with_its_line(string text)
    {
        var result = Sample.Parse(text);

        result.System.ShouldBeNull();
        result.Errors.ShouldContain(problem => problem.Line > 0);
    }

    [Fact]
    public void A_tab_as_indentation_is_told_as_such()
    {
        var problem = Sample.Parse("system: demo\nsites:\n\tfra: {}\n").OnlyError();

        (problem.Line, problem.Message, problem.Remedy).ShouldBe((3, "a tab indents this line", "indent with spaces"));
    }

    [Fact]
    public void A_second_document_is_an_error()
    {
        var problem = Sample.Parse(Sample.Text + "---\nsystem: other\n").OnlyError();

        (problem.Line, problem.Message).ShouldBe((14, "a second document begins here"));
    }

    [Fact]
    public void One_document_between_markers_is_fine() => Sample.Parse("---\n" + Sample.Text + "...\n").Problems.ShouldBeEmpty();

    [Fact]
    public void A_duplicate_key_is_an_error_at_the_second()
    {
        var problem = Sample.With("kind: postgresql", "kind: postgresql\n    kind: postgresql").OnlyError();

        (problem.Path, problem.Line, problem.Message).ShouldBe(("stores.orders.kind", 10, "is given twice, first on line 9"));
    }

    [Fact]
    public void A_member_given_twice_is_an_error() =>
        Sample.With("      b: {", "      a: {").OnlyError().Message.ShouldBe("is given twice, first on line 11");

    [Theory]
    [InlineData("fra: &x {}", "the anchor '&x' is not supported")]
    [InlineData("fra: !thing {}", "the tag '!thing' is not supported")]
    public void Anchors_and_tags_are_refused(string replacement, string message)
    {
        var problem = Sample.With("fra: {}", replacement).OnlyError();

        (problem.Path, problem.Line, problem.Message).ShouldBe(("sites.fra", 5, message));
    }

    [Fact]
    public void An_alias_bomb_does_not_grow()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 30; i++)
        {
            text.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        var result = Sample.Parse(text.ToString());

        result.System.ShouldBeNull();
        result.Problems.ShouldContain(problem => problem.Message == "the alias '*a0' is not supported");
        result.Problems.Length.ShouldBeLessThan(500);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void A_deep_nest_is_refused_before_it_costs_anything(string level) =>
        Sample.Parse("system: \n " + string.Concat(Enumerable.Repeat(level, 100_000))).OnlyError().Message.ShouldBe("is nested deeper than 32 levels");

    [Fact]
    public void A_file_above_one_mebibyte_is_refused()
    {
        var path = Write([.. Encoding.UTF8.GetBytes(Sample.Text), .. Enumerable.Repeat((byte)'#', 1024 * 1024)]);

        SystemFile.Load(path, ProcessEnvironment.Instance).OnlyError().Message.ShouldBe("the file is larger than 1 MiB");
        Sample.Parse(Sample.Text + new string('#', 1024 * 1024)).OnlyError().Message.ShouldBe("the file is larger than 1 MiB");
    }

    [Fact]
    public void A_file_that_is_not_utf8_is_told_with_the_place_of_the_first_bad_byte()
    {
        var path = Write([.. "system: demo\nsites: {f"u8, 0xFC, .. "r: {}}\n"u8]);

        var problem = SystemFile.Load(path, ProcessEnvironment.Instance).OnlyError();

        (problem.Line, problem.Column, problem.Message).ShouldBe((2, 10, "the file is not UTF-8 text"));
    }

    [Fact]
    public void A_byte_order_mark_is_fine() =>
        SystemFile.Load(Write([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Sample.Text)]), ProcessEnvironment.Instance).Problems.ShouldBeEmpty();

    [Fact]
    public void Windows_line_ends_are_fine() => Sample.Parse(Sample.Text.Replace("\n", "\r\n")).Problems.ShouldBeEmpty();

    [Fact]
    public void A_control_character_is_told_with_its_place()
    {
        var problem = Sample.Parse("system: demo\nsites: {f\0: {}}\n").OnlyError();

        (problem.Line, problem.Column, problem.Message).ShouldBe((2, 10, "the control character U+0000 stands here"));
    }

    [Fact]
    public void A_file_that_is_missing_or_a_folder_is_a_problem_and_no_exception()
    {
        SystemFile.Load(Path.Combine(_folder, "none.yaml"), ProcessEnvironment.Instance).OnlyError().Message.ShouldBe("the file does not exist");
        SystemFile.Load(Path.Combine(_folder, "none", "none.yaml"), ProcessEnvironment.Instance).OnlyError().Message.ShouldBe("the file does not exist");
        SystemFile.Load(_folder, ProcessEnvironment.Instance).OnlyError().Message.ShouldContain("it is a folder");
    }

    [Fact]
    public void Every_beginning_of_a_good_file_is_answered_and_never_by_an_exception()
    {
        var text = File.ReadAllText(Repository.PathOf("examples/two-sites.yaml"));
        for (var length = 0; length < text.Length; length += 7)
        {
            var result = Sample.Parse(text[..length]);
            (result.System is null).ShouldBe(result.Errors.Any());
        }
    }

    [Fact]
    public void A_good_file_with_any_one_letter_spoilt_is_answered_and_never_by_an_exception()
    {
        var text = File.ReadAllText(Repository.PathOf("examples/two-sites.yaml"));
        for (var at = 0; at < text.Length; at += 11)
        {
            foreach (var letter in ":{[-&*#'\"\t\n")
            {
                var result = Sample.Parse(text[..at] + letter + text[(at + 1)..]);
                (result.System is null).ShouldBe(result.Errors.Any());
            }
        }
    }

    private string Write(byte[] bytes)
    {
        var path = Path.Combine(_folder, "holdfast.yaml");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
