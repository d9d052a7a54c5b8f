using System.Collections.Immutable;

namespace Holdfast.Harness.Members;

/// <summary>An application's keys in a group of Redis.</summary>
public sealed class KeyStore
{
    /// <summary>Of the application's user.</summary>
    public const string User = "app";
    private const string Prefix = "written:";

    internal KeyStore(IEnumerable<int> ports, string password) => (Ports, Password) = ([.. ports], password);

    public ImmutableArray<int> Ports { get; }
    internal string Password { get; }

    internal static string PasswordFile(string folder) => Path.Combine(folder, "app.password");

    internal static string Key(long id) => $"{Prefix}{id}";

    /// <summary>A connection to one member.</summary>
    public RedisClient Connect(int port) => new(port, User, Password);

    /// <summary>Every id that this member has.</summary>
    public HashSet<long> Ids(int port)
    {
        using var client = Connect(port);
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
