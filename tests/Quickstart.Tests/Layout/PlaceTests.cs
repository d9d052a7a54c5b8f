using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Links;

namespace Holdfast.Quickstart.Tests.Layout;

public sealed class PlaceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("holdfast-place-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Ports_are_all_different()
    {
        var place = Place.Create(_folder);
        place.PortsTaken.Count().ShouldBe(2 * (3 + 1));
        place.PortsTaken.ShouldBeUnique();
        var sites = Place.CreateTwoSites(_folder);
        sites.PortsTaken.Count().ShouldBe(2 * (4 + 2 + 3 + 2)); // members of both stores, etcd, and the gate's
        sites.PortsTaken.ShouldBeUnique();
    }

    [Fact]
    public async Task The_password_of_the_sessions_is_for_its_owner_only_and_no_file_of_the_system_holds_it()
    {
        var place = Place.CreateTwoSites(_folder);
        await using var link = new SiteLink(place);
        SitesFile.Write(place, link);
        File.GetUnixFileMode(place.SessionsPasswordFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.ReadAllText(place.SystemFile).ShouldNotContain(File.ReadAllText(place.SessionsPasswordFile).Trim());
        File.ReadAllText(place.SystemFile).ShouldContain($"password: \"file:{place.SessionsPasswordFile}\"");
    }

    [Fact]
    public async Task Each_site_knows_its_own_members_as_they_are_and_those_of_the_other_by_the_link()
    {
        var place = Place.CreateTwoSites(_folder);
        await using var link = new SiteLink(place);
        SitesFile.Write(place, link);
        var (operators, north) = (File.ReadAllText(place.SystemFile), File.ReadAllText(SitesFile.Of(place, "north")));
        place.Sessions.Select(member => member.Site).ShouldBe(place.Sites);
        foreach (var member in place.All)
        {
            var afar = link.SeenFrom("west", member);
            place.PortsTaken.ShouldNotContain(afar.Port);
            operators.ShouldContain(member.Address);
            north.Contains(member.Address).ShouldBe(member.Site == "north");
            north.Contains(afar.Address).ShouldBe(member.Site == "south");
        }

        operators.Split('\n').Length.ShouldBe(north.Split('\n').Length);
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
