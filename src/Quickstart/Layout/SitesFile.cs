using System.Security.Cryptography;
using Holdfast.Quickstart.Links;

namespace Holdfast.Quickstart.Layout;

/// <summary>
/// Writes the file of the system with two sites: one for the operator, and one for each site, which differs in nothing but the ports by which
/// the members of the other site are reached.
/// </summary>
internal static class SitesFile
{
    /// <summary>How long the active site may write without word from etcd's majority; the other site takes over after that.</summary>
    public static readonly TimeSpan SiteLease = TimeSpan.FromSeconds(4);
    /// <summary>
    /// What a site takes with it when it is lost, at most. The other site knows of the lost one only that it may have written until its
    /// lease was gone, and when etcd's leader is lost too, the new one gives every lease its whole time again: so this must be well above the lease.
    /// </summary>
    public static readonly TimeSpan SiteRpo = TimeSpan.FromSeconds(10);

    /// <summary>The name of the second store.</summary>
    public const string Sessions = "sessions";

    public static void Write(Place place, SiteLink link)
    {
        SystemFile.WriteToken(place);
        SystemFile.WritePrivate(place.SessionsPasswordFile, RandomNumberGenerator.GetHexString(32, lowercase: true) + "\n");
        File.WriteAllText(place.SystemFile, Text(place, member => member));
        foreach (var site in place.Sites)
        {
            File.WriteAllText(Of(place, site), Text(place, member => link.SeenFrom(site, member)));
        }
    }

    /// <summary>The file that the agents of a site read.</summary>
    public static string Of(Place place, string site) => Path.ChangeExtension(place.SystemFile, $".{site}.yaml");

    private static string Doors(Place place, string store) =>
        $"{{ read-write: \"127.0.0.1:{place.Doors[store].Write}\", read-only: \"127.0.0.1:{place.Doors[store].Read}\" }}";

    internal static string Text(Place place, Func<MemberPlace, MemberPlace> seen)
    {
        var sites = string.Join("\n", place.Sites.Select(site => $"  {site}: {{}}"));
        return $$"""
            # Written by ./quickstart: two sites and a witness, all on this machine; a database with two members at each site, and the sessions of its users
            # with one. A move between sites takes both along, the database first.
            system: quickstart-sites
            coordination:
              etcd: [{{SystemFile.Etcds(place)}}]
            security:
              token: "file:{{place.TokenFile}}"
            sites:
            {{sites}}
              {{Place.Witness}}: { witness: true }
            stores:
              {{SystemFile.Store}}:
                kind: postgresql
                objectives:
                  host-loss: { rpo: 0s, rto: 1s }
                  site-loss: { rpo: {{SiteRpo.TotalSeconds}}s, rto: 15s }
                isolation: fence
                site-failover: automatic
                preferred-site: {{place.Sites[0]}}
                timing: { site-lease: {{SiteLease.TotalSeconds}}s }
                gate: {{Doors(place, SystemFile.Store)}}
                postgresql:
                  client-authentication: ["host {{Writing.AppDatabase.Name}} {{Writing.AppDatabase.Name}} 127.0.0.1/32 scram-sha-256"]
                members:
            {{SystemFile.Members(place.Members.Select(seen))}}
              {{Sessions}}:
                kind: redis
                objectives:
                  host-loss: { rpo: 10s, rto: 15s }
                  site-loss: { rpo: {{SiteRpo.TotalSeconds}}s, rto: 15s }
                isolation: fence
                site-failover: automatic
                preferred-site: {{place.Sites[0]}}
                timing: { site-lease: {{SiteLease.TotalSeconds}}s }
                gate: {{Doors(place, Sessions)}}
                redis: { user: {{Writing.SessionStore.User}}, password: "file:{{place.SessionsPasswordFile}}" }
                members:
            {{SystemFile.Members(place.Sessions.Select(seen))}}

            """;
    }
}
