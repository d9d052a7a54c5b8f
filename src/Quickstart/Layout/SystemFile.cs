using System.Security.Cryptography;
using System.Text;

namespace Holdfast.Quickstart.Layout;

/// <summary>Writes <c>holdfast.yaml</c> for one site, and the token that it refers to.</summary>
internal static class SystemFile
{
    public const string Store = "orders";

    public static void Write(Place place)
    {
        WriteToken(place);
        File.WriteAllText(place.SystemFile, Text(place));
    }

    public static void WriteToken(Place place) =>
        WritePrivate(place.TokenFile, RandomNumberGenerator.GetHexString(64, lowercase: true) + "\n");

    /// <summary>A file that only its owner can read, from its first byte on.</summary>
    public static void WritePrivate(string path, string text)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using var stream = new FileStream(path, options);
        stream.Write(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>The entries of <c>coordination.etcd</c>.</summary>
    internal static string Etcds(Place place) =>
        string.Join(", ", place.Etcds.Select(etcd => $"\"{etcd.Client.GetLeftPart(UriPartial.Authority)}\""));

    /// <summary>The entries of a store's <c>members</c>.</summary>
    internal static string Members(IEnumerable<MemberPlace> members) =>
        string.Join("\n", members.Select(member =>
            $"      {member.Name}: {{ site: {member.Site}, address: \"{member.Address}\", " +
            $"agent: \"127.0.0.1:{member.AgentPort}\", data: \"{member.Data}\" }}"));

    internal static string Text(Place place) =>
        $$"""
        # Written by ./quickstart: one site, one store, three members, all on this machine.
        system: quickstart
        coordination:
          etcd: [{{Etcds(place)}}]
        security:
          token: "file:{{place.TokenFile}}"
        sites:
          {{Place.OneSite}}: {}
        stores:
          {{Store}}:
            kind: postgresql
            objectives:
              host-loss: { rpo: 0s, rto: 1s }
            postgresql:
              client-authentication: ["host {{Writing.AppDatabase.Name}} {{Writing.AppDatabase.Name}} 127.0.0.1/32 scram-sha-256"]
            members:
        {{Members(place.Members)}}

        """;
}
