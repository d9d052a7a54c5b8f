using System.Collections.Concurrent;
using Holdfast.Agent.Credentials;

namespace Holdfast.Agent.Tests.Credentials;

public sealed class TokenFileTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast-token-").FullName;

    private string File => Path.Combine(_folder, "holdfast.token");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void It_is_made_once_for_its_owner_only_and_then_read()
    {
        var token = TokenFile.GetOrCreate(File);

        TokenFile.GetOrCreate(File).ShouldBe(token);
        token.Reveal().Length.ShouldBe(43);
        System.IO.File.GetUnixFileMode(File).ShouldBe(OwnerOnly);
        Directory.GetFiles(_folder).ShouldBe([File], "no draft is left");
    }

    [Fact]
    public void Of_many_that_make_it_at_once_all_get_the_same()
    {
        for (var round = 0; round < 20; round++)
        {
            using var start = new Barrier(8);
            var tokens = new ConcurrentBag<string>();
            var threads = Enumerable.Range(0, 8).Select(_ => new Thread(() =>
            {
                start.SignalAndWait();
                tokens.Add(TokenFile.GetOrCreate(File).Reveal());
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());

            tokens.Count.ShouldBe(8);
            tokens.Distinct().Count().ShouldBe(1);
            System.IO.File.Delete(File);
        }
    }

    [Theory]
    [InlineData(OwnerOnly | UnixFileMode.GroupRead)]
    [InlineData(OwnerOnly | UnixFileMode.OtherRead)]
    [InlineData(OwnerOnly | UnixFileMode.OtherWrite)]
    public void A_file_that_others_may_use_is_refused_with_the_remedy(UnixFileMode mode)
    {
        TokenFile.GetOrCreate(File);
        System.IO.File.SetUnixFileMode(File, mode);

        Should.Throw<CredentialException>(() => TokenFile.GetOrCreate(File)).Message.ShouldContain($"chmod 600 {File}");
    }

    [Fact]
    public void An_empty_file_and_a_missing_folder_are_told()
    {
        System.IO.File.WriteAllText(File, " \n");
        System.IO.File.SetUnixFileMode(File, OwnerOnly);

        Should.Throw<CredentialException>(() => TokenFile.GetOrCreate(File)).Message.ShouldContain("is empty");
        Should.Throw<CredentialException>(() => TokenFile.GetOrCreate(Path.Combine(_folder, "none", "token"))).Message.ShouldContain("cannot be used");
    }
}
