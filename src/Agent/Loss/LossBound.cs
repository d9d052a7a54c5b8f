using Holdfast.Core.Failover;

namespace Holdfast.Agent.Loss;

/// <summary>Tells whether clients can have been told that what a deposed primary lost was committed.</summary>
internal static class LossBound
{
    /// <summary>
    /// While the old primary's commits needed the word of candidates, and the next epoch's primary is one of them, enough of them had stopped before
    /// it was elected: then nothing beyond the fork was acknowledged.
    /// </summary>
    /// <param name="kind">How the history names the election; one that was forced counted too few promises to prove anything.</param>
    /// <param name="own">The last record under which this member was primary; only it can have changed that, short of an election.</param>
    /// <returns>No commit that ends beyond was acknowledged. Null: that is not known.</returns>
    public static Lsn? AcknowledgedUpTo(GroupRecord? own, GroupRecord? now, string? kind, LogPosition fork) =>
        own is { Mode: ProtectionMode.ZeroLoss, Sync.Protects: true } && now is not null && now.Epoch == own.Epoch + 1 &&
        own.Sync.Candidates.Contains(now.Primary) && kind is "failover" or "switchover"
            ? fork.Lsn : null;
}
