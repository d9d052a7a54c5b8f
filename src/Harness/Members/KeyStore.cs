using System.Collections.Immutable;

namespace Holdfast.Harness.Members;

/// <summary>An application's keys in a group of Redis.</summary>
public sealed class KeyStore
{
    /// <summary>Of the application's user.</summary>
    public const string User = "app";
    private const string Prefix = "written:";

    /// <param name="endpoints">Of the members, as <c>ADDRESS:PORT</c>.</param>
    internal KeyStore(IEnumerable<string> endpoints, string password) => (Endpoints, Password) = ([.. endpoints], password);

    public ImmutableArray<string> Endpoints { get; }
    internal string Password { get; }

    internal static string PasswordFile(string folder) => Path.Combine(folder, "app.password");

    internal static string Key(long id) => $"{Prefix}{id}";

    /// <summary>A connection to one member.</summary>
    public RedisClient Connect(string endpoint)
    {
        var parts = endpoint.Split(':');
        return new(int.Parse(parts[1]), User, Password, parts[0]);
    }

    /// <summary>The same on loopback.</summary>
    public RedisClient Connect(int port) => Connect($"127.0.0.1:{port}");

    /// <summary>Every id that a member on loopback has.</summary>
    public HashSet<long> Ids(int port) => Ids($"127.0.0.1:{port}");

    /// <summary>Every id that this member has.</summary>
    public HashSet<long> Ids(string endpoint)
    {
        using var client = Connect(endpoint);
        var ids = new HashSet<long>();
        var cursor = "0";
        do
        {
            var lines = client.Call("SCAN", cursor, "MATCH", Prefix + "*", "COUNT", "1000")!.Split('\n');
            cursor = lines[0];
            ids.UnionWith(lines.Skip(1).Where(line => line.Length > 0).Select(line => long.Parse(line[Prefix.Length..])));
        }
        while (cursor != "0");
        return ids;
    }
}
