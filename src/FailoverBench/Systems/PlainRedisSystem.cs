using System.Security.Cryptography;
using Holdfast.FailoverBench.Clients;
using Holdfast.Quickstart.Layout;

namespace Holdfast.FailoverBench.Systems;

/// <summary>Three Redis servers whose files this program writes: those of nobody's, and those of Sentinel's.</summary>
internal abstract class PlainRedisSystem(Surroundings surroundings, string key, int round) : RedisSystem(surroundings, key, round)
{
    /// <summary>Of the server's own user, which replication and whoever governs the servers log in as.</summary>
    protected string AdminPassword { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>Further lines of each server's file.</summary>
    protected virtual string Further => "";

    protected static string ServerFile(MemberPlace member) => Path.Combine(member.Folder, "redis.conf");

    protected override Task<RedisConnection> AdminAsync(MemberPlace member, CancellationToken cancellationToken) =>
        RedisConnection.OpenAsync(member.Port, "default", AdminPassword, cancellationToken);

    /// <summary>Calls as whoever governs the server.</summary>
    protected async Task CallAsync(MemberPlace member, CancellationToken cancellationToken, params string[] words)
    {
        using var connection = await AdminAsync(member, cancellationToken);
        await connection.CallAsync(cancellationToken, words);
    }

    /// <summary>Writes the file that its server starts with.</summary>
    /// <param name="primary">Whom it follows; null: nobody.</param>
    protected void Configure(MemberPlace member, MemberPlace? primary)
    {
        Directory.CreateDirectory(member.Data);
        var file = ServerFile(member);
        File.Delete(file);
        Quickstart.Layout.SystemFile.WritePrivate(
            file,
            $"""
            {RedisSettings.Lines}
            bind 127.0.0.1
            port {member.Port}
            dir {member.Data}
            pidfile {PidFile(member)}
            requirepass {AdminPassword}
            masterauth {AdminPassword}
            user {User} on >{Password} ~* &* +@all -@admin -swapdb +role
            {(primary is null ? "" : $"replicaof 127.0.0.1 {primary.Port}")}
            {Further}

            """);
    }
}
