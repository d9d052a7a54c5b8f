using Holdfast.Agent.Memory;
using Holdfast.Core.Failover;

namespace Holdfast.Agent.Tests.Memory;

public sealed class MemoryFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast-memory-").FullName;

    private string File => Path.Combine(_folder, "member.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Nothing_on_disk_is_a_fresh_memory() => new MemoryFile(File).Load().ShouldBe(new MemberMemory());

    [Fact]
    public void What_was_saved_is_there_for_the_next_agent()
    {
        var memory = new MemberMemory
        {
            Epoch = 5,
            WasPrimary = true,
            LogEpoch = 4,
            Divergence = new Divergence(new LogPosition(2, Lsn.Parse("3/A0")), Salvaged: true, RewindFailed: true, Epoch: 5),
        };
        new MemoryFile(File).Save(memory);
        new MemoryFile(File).Load().ShouldBe(memory);
        System.IO.File.GetUnixFileMode(File).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"epoch\":")]
    [InlineData("null")]
    public void A_corrupt_memory_is_never_taken_for_a_fresh_one(string text)
    {
        System.IO.File.WriteAllText(File, text);
        Should.Throw<IOException>(() => new MemoryFile(File).Load()).Message.ShouldContain(File);
    }
}
