using Holdfast.Core.Failover;
using Holdfast.Verification.Rows;
using Holdfast.Verification.Targets;

namespace Holdfast.Verification.Running;

/// <summary>A target and the part it played when the comparison began.</summary>
internal sealed record Side(IVerifyTarget Target, bool Follows)
{
    public string Member => Target.Member;
}

/// <summary>The reference and one other member: makes each look at one come after what the other has shown.</summary>
internal sealed class Pair(Side reference, Side other, TimeSpan catchUp, TimeProvider time)
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CommitLimit = TimeSpan.FromSeconds(2);

    public Side Reference { get; } = reference;
    public Side Other { get; } = other;

    /// <summary>Waits until a side shows all that the other side could have shown up to a position of its log.</summary>
    /// <exception cref="VerifyException">It does not get there.</exception>
    public async Task CatchUpAsync(Side who, ulong position, CancellationToken cancellationToken)
    {
        if (!who.Follows)
        {
            return; // What takes writes is ahead of all that follow it; two that take writes have no common log.
        }

        var start = time.GetTimestamp();
        var look = await who.Target.WaitAsync(position, AtOnce, cancellationToken);
        var source = who == Reference ? Other : Reference;
        while (look.Shown < position)
        {
            Require(who, look.Follows);
            if (!source.Follows)
            {
                await source.Target.PushLogAsync(cancellationToken);
            }

            var left = catchUp - time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
            {
                throw new VerifyException(
                    VerifyFault.NotComparable,
                    $"{who.Member} is at {new Lsn(look.Shown)} and does not get to {new Lsn(position)}, which {source.Member} showed " +
                    $"{catchUp.TotalSeconds:0} s ago ({position - look.Shown} bytes): let it catch up (see 'holdfast status'), then verify again");
            }

            look = await who.Target.WaitAsync(position, left < Step ? left : Step, cancellationToken);
        }
    }

    /// <summary>
    /// Waits until the reference itself shows what the other may have shown: a standby shows a commit that its primary still holds back
    /// while it waits for an acknowledgement.
    /// </summary>
    /// <returns>False: a commit is still held back.</returns>
    public async Task<bool> SettleAsync(KeyLook seenByOther, CancellationToken cancellationToken)
    {
        await CatchUpAsync(Reference, seenByOther.Reached, cancellationToken);
        return Reference.Follows || !Other.Follows ||
            await Reference.Target.SettledAsync(seenByOther.Horizon, CommitLimit, cancellationToken);
    }

    /// <exception cref="VerifyException">The member's part has changed: positions do not compare any more.</exception>
    public static void Require(Side side, bool follows)
    {
        if (side.Follows != follows)
        {
            throw new VerifyException(
                VerifyFault.NotComparable,
                $"{side.Member} was a {(side.Follows ? "standby" : "primary")} when the comparison began and is a " +
                $"{(follows ? "standby" : "primary")} now: verify again");
        }
    }
}
