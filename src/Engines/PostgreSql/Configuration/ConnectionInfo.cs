using System.Security.Cryptography;
using System.Text;
using Holdfast.Core.Topology;
using Holdfast.Engines.PostgreSql.Files;

namespace Holdfast.Engines.PostgreSql.Configuration;

/// <summary>How one member reaches another: libpq connection strings, the password file, names of slots.</summary>
internal static class ConnectionInfo
{
    private const int LongestName = 63;

    /// <summary>
    /// For <c>primary_conninfo</c>: dead peers are noticed in seconds, and the password stays in the file. A receiver knows no limit for connecting;
    /// the limit for an answer to what was sent holds for the first packet as well, so that one is sent anew every second while a link is cut.
    /// </summary>
    public static string ForStreaming(MemberSpec upstream, string self, Layout layout) =>
        Join(ToServer(upstream, RoleNames.Replication, "2000"), ("passfile", layout.Passfile), ("application_name", self));

    /// <summary>For a tool; it finds the password by PGPASSFILE in its environment.</summary>
    public static string ForTool(MemberSpec upstream, string role, string self, string? database = null) =>
        database is null
            ? Join(ToServer(upstream, role), ("application_name", "holdfast_tool_" + self))
            : Join(ToServer(upstream, role), ("application_name", "holdfast_tool_" + self), ("dbname", database));

    /// <summary>
    /// A member's physical slot. Slot names allow few characters, so a name that does not fit gets a hash, lest two become one.
    /// </summary>
    public static string SlotName(string member)
    {
        var plain = "holdfast_" + string.Concat(member.Select(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') ? c : '_'));
        if (plain.Length <= LongestName && plain == "holdfast_" + member)
        {
            return plain;
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(member)).AsSpan(0, 4));
        return plain[..Math.Min(plain.Length, LongestName - hash.Length - 1)] + "_" + hash;
    }

    /// <summary>A line of a password file for any server.</summary>
    public static string PassfileLine(string role, string password) =>
        $"*:*:*:{role}:{password.Replace(@"\", @"\\", StringComparison.Ordinal).Replace(":", @"\:", StringComparison.Ordinal)}\n";

    private static (string Name, string Value)[] ToServer(MemberSpec upstream, string role, string unanswered = "5000") =>
    [
        ("host", upstream.Address.Host),
        ("port", upstream.Address.Port.ToString()),
        ("user", role),
        ("sslmode", "prefer"),
        ("connect_timeout", "2"),
        ("keepalives", "1"),
        ("keepalives_idle", "2"),
        ("keepalives_interval", "1"),
        ("keepalives_count", "3"),
        ("tcp_user_timeout", unanswered),
    ];

    private static string Join((string Name, string Value)[] first, params ReadOnlySpan<(string Name, string Value)> more)
    {
        (string Name, string Value)[] all = [.. first, .. more];
        return string.Join(' ', all.Select(pair =>
            $"{pair.Name}='{pair.Value.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal)}'"));
    }
}

/// <summary>The roles of Holdfast's own inside PostgreSQL.</summary>
internal static class RoleNames
{
    public const string Administrator = "postgres";
    public const string Replication = "holdfast_replication";
    public const string Rewind = "holdfast_rewind";
    public const string Health = "holdfast_health";
    /// <summary>Reads any table, writes none; logs in through the private socket only.</summary>
    public const string Reader = "holdfast_reader";
}
