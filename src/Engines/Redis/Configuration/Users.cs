using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Holdfast.Core;
using Holdfast.Core.Topology;
using Holdfast.Engines.Redis.Files;

namespace Holdfast.Engines.Redis.Configuration;

/// <summary>The server's users, each with no more than its task needs. The user without a name is off.</summary>
internal sealed class Users(StoreSpec store, MemberSpec self, RedisSpec spec, Layout layout)
{
    public const string ReplicationCredential = "replication";
    public const string HealthCredential = "health";
    public const string ReaderCredential = "reader";
    public const string RestorerCredential = "restorer";
    public const string ApplicationCredential = "application";

    public const string Control = "holdfast";
    public const string Replication = "holdfast-replication";
    public const string Health = "holdfast-health";
    /// <summary>Compares members with one another, and what a deposed one had with what the store has.</summary>
    public const string Reader = "holdfast-reader";
    /// <summary>Brings back to the primary keys that a deposed one alone had.</summary>
    public const string Restorer = "holdfast-restorer";

    /// <summary>Everything but what governs the server: CONFIG, DEBUG, REPLICAOF, FAILOVER, SHUTDOWN, ACL and the like are in this category. Clients ask
    /// for the role in order to find the primary.</summary>
    private const string ApplicationRights = "~* &* +@all -@admin -swapdb +role";
    private const string NoWrites = "-@write";

    /// <summary>A password of this member's alone: whoever has the store's passwords cannot govern a server with them.</summary>
    public Secret ControlPassword()
    {
        if (AtomicFile.ReadOrNull(layout.ControlPassword)?.Trim() is { Length: > 0 } known)
        {
            return new Secret(known);
        }

        var made = RandomNumberGenerator.GetHexString(64, lowercase: true);
        AtomicFile.Write(layout.ControlPassword, made + "\n");
        return new Secret(made);
    }

    /// <summary>Each user with its rules, as ACL SETUSER takes them; the name first.</summary>
    public ImmutableArray<ImmutableArray<string>> Rules(ImmutableDictionary<string, Secret> credentials, MemberState told) =>
    [
        ["default", "reset", "off"],
        Rule(Control, ControlPassword(), "~* &* +@all"),
        [.. Rule(Replication, credentials[ReplicationCredential], "+psync +replconf +ping"), MayBeFollowed(told) ? "on" : "off"],
        Rule(Health, credentials[HealthCredential], "+ping"),
        Rule(Reader, credentials[ReaderCredential], "~* +@read +@connection -@dangerous +info"),
        BringsBack(credentials, told),
        Application(credentials, told),
    ];

    /// <summary>
    /// Nobody is to follow a standby, or a primary whose history is not written down yet: what they have may not be the store's. But for the leader of a
    /// passive site, which alone is told to follow a member of another site: the others of its site follow it.
    /// </summary>
    public bool MayBeFollowed(MemberState told) => told.Role == ToldRole.Primary ||
        (told is { Role: ToldRole.Standby, Upstream: { } upstream } && store.Members.GetValueOrDefault(upstream) is { } peer && peer.Site != self.Site);

    /// <summary>It writes where and when the application may.</summary>
    public static ImmutableArray<string> BringsBack(ImmutableDictionary<string, Secret> credentials, MemberState told) =>
    [
        .. Rule(Restorer, credentials[RestorerCredential], "~* +restore +select"), told is { Role: ToldRole.Primary, GateOpen: true } ? "on" : "off",
    ];

    /// <summary>It writes nothing before the history of a promotion is written down; who reads is not sent away for that.</summary>
    public ImmutableArray<string> Application(ImmutableDictionary<string, Secret> credentials, MemberState told) =>
    [
        .. Rule(spec.ApplicationUser, ApplicationSecret(credentials), ApplicationRights),
        .. told.Role == ToldRole.Promoting ? [NoWrites] : (string[])[], told.GateOpen ? "on" : "off",
    ];

    /// <summary>The file that a server starts with.</summary>
    public void Write(ImmutableDictionary<string, Secret> credentials, MemberState told)
    {
        AtomicFile.WriteIfChanged(
            layout.Users, string.Concat(Rules(credentials, told).Select(rule => $"user {string.Join(' ', rule.Where(word => word != "reset"))}\n")));
        if (spec.ApplicationPassword is null)
        {
            AtomicFile.WriteIfChanged(layout.ApplicationPassword, ApplicationSecret(credentials).Reveal() + "\n");
        }
    }

    private Secret ApplicationSecret(ImmutableDictionary<string, Secret> credentials) => spec.ApplicationPassword ?? credentials[ApplicationCredential];

    private static ImmutableArray<string> Rule(string name, Secret password, string rights) =>
        [name, "reset", "on", "#" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(password.Reveal()))), .. rights.Split(' ')];
}
