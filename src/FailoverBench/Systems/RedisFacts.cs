using System.Globalization;
using System.Net.Sockets;
using Holdfast.FailoverBench.Clients;

namespace Holdfast.FailoverBench.Systems;

/// <summary>Asks a Redis server what it is.</summary>
internal static class RedisFacts
{
    /// <summary>The fields of an answer to INFO.</summary>
    public static Dictionary<string, string> Fields(string info) =>
        info.Split("\r\n").Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(':', 2)).Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    /// <summary>Null: it does not answer, and <paramref name="problem"/> gets why.</summary>
    public static async Task<Dictionary<string, string>?> ReplicationAsync(
        int port, string user, string password, TimeSpan deadline, Action<string> problem, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(deadline);
        try
        {
            using var connection = await RedisConnection.OpenAsync(port, user, password, limit.Token);
            return Fields((await connection.AskAsync(limit.Token, "INFO", "replication"))!);
        }
        catch (Exception fault) when (fault is IOException or SocketException ||
            (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            problem(fault is OperationCanceledException ? "silent" : fault.Message);
            return null;
        }
    }

    /// <summary>No server of this kind waits for a standby, so each that follows counts as one that acknowledges.</summary>
    public static MemberFacts Of(Dictionary<string, string> fields)
    {
        var online = fields.Count(field => field.Key.StartsWith("slave", StringComparison.Ordinal) && char.IsAsciiDigit(field.Key[^1]) &&
            field.Value.Contains("state=online", StringComparison.Ordinal));
        var standby = fields["role"] != "master";
        return new MemberFacts(standby, standby && fields["master_link_status"] == "up", online, online, 0);
    }

    /// <summary>How far a server has come in the stream; -1: it does not say.</summary>
    public static long Offset(Dictionary<string, string> fields, string field) =>
        fields.TryGetValue(field, out var offset) ? long.Parse(offset, CultureInfo.InvariantCulture) : -1;
}
