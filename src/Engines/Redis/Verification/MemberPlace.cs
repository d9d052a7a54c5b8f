using Holdfast.Engines.Redis.Protocol;
using Holdfast.Engines.Redis.Replication;

namespace Holdfast.Engines.Redis.Verification;

/// <summary>Where a server is in its store's stream. What a primary has applied and what a standby has applied is counted in the same numbers.</summary>
internal sealed record MemberPlace(string System, bool Follows, ulong Position)
{
    /// <exception cref="EngineException">It is not known at this moment.</exception>
    public static async Task<MemberPlace> ReadAsync(RespConnection connection, CancellationToken cancellationToken)
    {
        var replies = await connection.CallAllAsync(
            [["SELECT", "0"], ["HGETALL", StoreHistory.Key], ["INFO", "replication"]], cancellationToken);
        if (replies.FirstOrDefault(reply => reply.IsError) is { } refusal)
        {
            throw new RespErrorException(refusal.Text!);
        }

        var info = new ServerInfo(replies[2].Text!);
        return StoreHistory.Read(replies[1].Texts) is { } history && history.Of(info.ReplicationId) is { } stretch
            ? new MemberPlace(history.SystemId, !info.IsPrimary, stretch.At(info.Offset).Lsn.Value)
            : throw new EngineException("where its data are in the store's history is not written down yet") { IsPassing = true };
    }
}
