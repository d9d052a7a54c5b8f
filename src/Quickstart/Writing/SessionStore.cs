using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Harness.Members;
using Holdfast.Quickstart.Layout;

namespace Holdfast.Quickstart.Writing;

/// <summary>The writer's keys in the store of sessions, and how to reach them.</summary>
internal sealed class SessionStore(Place place)
{
    public const string User = "app";
    /// <summary>Before the number of each key.</summary>
    public const string Prefix = "session:";
    private readonly string _password = File.ReadAllText(place.SessionsPasswordFile).Trim();

    public ImmutableArray<MemberPlace> Members => place.Sessions;

    /// <summary>A connection to one member; its calls are bounded by a second.</summary>
    /// <exception cref="IOException">It does not answer, or refuses.</exception>
    public RedisClient Connect(MemberPlace member) => new(member.Port, User, _password);

    /// <summary>Every number that a member has, one after another; some may come twice.</summary>
    /// <param name="member">Null: nobody is known to be primary.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void ReadIds(MemberPlace? member, Action<long> read)
    {
        using var client = Connect(member ?? throw new IOException("no agent knows who is primary"));
        var cursor = "0";
        do
        {
            var lines = client.Call("SCAN", cursor, "MATCH", Prefix + "*", "COUNT", "1000")!.Split('\n');
            cursor = lines[0];
            foreach (var key in lines.Skip(1).Where(line => line.Length > 0))
            {
                read(long.Parse(key[Prefix.Length..], CultureInfo.InvariantCulture));
            }
        }
        while (cursor != "0");
    }
}
