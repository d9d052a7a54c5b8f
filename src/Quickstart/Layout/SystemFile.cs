using System.Security.Cryptography;
using System.Text;

namespace Holdfast.Quickstart.Layout;

/// <summary>Writes <c>holdfast.yaml</c> and the token that it refers to.</summary>
internal static class SystemFile
{
    public const string Store = "orders";

    public static void Write(Place place)
    {
        WritePrivate(place.TokenFile, RandomNumberGenerator.GetHexString(64, lowercase: true) + "\n");
        File.WriteAllText(place.SystemFile, Text(place));
    }

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

    internal static string Text(Place place)
    {
        var members = string.Join("\n", place.Members.Select(member =>
            $"      {member.Name}: {{ site: home, address: \"{member.Address}\", " +
            $"agent: \"127.0.0.1:{member.AgentPort}\", data: \"{member.Data}\" }}"));
        return $$"""
            # Written by ./quickstart: one site, one store, three members, all on this machine.
            system: quickstart
            coordination:
              etcd: ["{{place.Etcd.GetLeftPart(UriPartial.Authority)}}"]
            security:
              token: "file:{{place.TokenFile}}"
            sites:
              home: {}
            stores:
              {{Store}}:
                kind: postgresql
                objectives:
                  host-loss: { rpo: 0s, rto: 1s }
                postgresql:
                  client-authentication: ["host {{Writing.AppDatabase.Name}} {{Writing.AppDatabase.Name}} 127.0.0.1/32 scram-sha-256"]
                members:
            {{members}}

            """;
    }
}
