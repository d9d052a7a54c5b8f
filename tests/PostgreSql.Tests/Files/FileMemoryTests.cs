using Holdfast.Engines.Hosting;

namespace Holdfast.PostgreSql.Tests.Files;

public sealed class FileMemoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hf").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_is_read_again_only_when_it_has_changed()
    {
        var path = Path.Combine(_folder, "file");
        var memory = new FileMemory();
        var read = 0;
        string? Ask() => memory.Read<string>(path, text =>
        {
            read++;
            return text;
        });

        Ask().ShouldBeNull();
        AtomicFile.Write(path, "one");
        Ask().ShouldBe("one");
        Ask().ShouldBe("one");
        read.ShouldBe(1);

        // As long as before, and in the same place: it is another file.
        AtomicFile.Write(path, "two");
        Ask().ShouldBe("two");
        // The same file, written to by somebody else.
        File.AppendAllText(path, " and more");
        Ask().ShouldBe("two and more");
        AtomicFile.Delete(path);
        Ask().ShouldBeNull();
        read.ShouldBe(3);
    }

    [Fact]
    public void Each_question_about_a_file_has_an_answer_of_its_own()
    {
        var path = Path.Combine(_folder, "file");
        var memory = new FileMemory();
        AtomicFile.Write(path, "yes");
        memory.Read(path, text => text == "yes").ShouldBeTrue();
        memory.Read<string>(path, text => text).ShouldBe("yes");
    }

    [Fact]
    public void What_is_there_and_cannot_be_read_is_not_taken_for_missing()
    {
        Should.Throw<UnauthorizedAccessException>(() => AtomicFile.ReadOrNull(_folder));
        AtomicFile.ReadOrNull(Path.Combine(_folder, "file")).ShouldBeNull();
        AtomicFile.Write(Path.Combine(_folder, "file"), "text");
        AtomicFile.ReadOrNull(Path.Combine(_folder, "file", "below")).ShouldBeNull();
    }
}
