using Holdfast.Quickstart.Layout;

namespace Holdfast.Quickstart.Tests.Layout;

public sealed class PlaceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast-place-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Ports_are_all_different()
    {
        var place = Place.Create(_folder);
        place.Members.SelectMany(member => new[] { member.Port, member.AgentPort })
            .Concat([place.EtcdPort, place.EtcdPeerPort]).ShouldBeUnique();
    }

    [Fact]
    public void The_token_is_for_its_owner_only_and_the_file_does_not_hold_it()
    {
        var place = Place.Create(_folder);
        SystemFile.Write(place);
        File.GetUnixFileMode(place.TokenFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var yaml = File.ReadAllText(place.SystemFile);
        yaml.ShouldNotContain(File.ReadAllText(place.TokenFile).Trim());
        yaml.ShouldContain($"token: \"file:{place.TokenFile}\"");
        place.Members.ShouldAllBe(member => yaml.Contains(member.Data) && yaml.Contains(member.Address));
    }

    [Fact]
    public void A_path_too_long_for_a_socket_is_refused_with_the_remedy() =>
        Should.Throw<QuickstartException>(() => Place.Create(Path.Combine(_folder, new string('x', 80))))
            .Message.ShouldContain("set TMPDIR");
}
