using Holdfast.Core.Failover;

namespace Holdfast.Core.Backup;

/// <summary>
/// Chooses the past moment that a test restore restores, all places of the log that can be restored being equally likely. A place and not a time: a
/// recovery that finds nothing after a time fails, and a store may be idle for long, while a place before the last piece is always passed.
/// </summary>
public static class RestoreTestAim
{
    /// <param name="seed">The same seed chooses the same place of the same windows.</param>
    /// <returns>Null: there is no place but the end.</returns>
    public static Lsn? Choose(Restorable restorable, ulong pieceBytes, long seed)
    {
        var stretches = restorable.Windows.Select(window => (From: window.FromLsn.Value, To: LastPiece(window.ToLsn, pieceBytes)))
            .Where(stretch => stretch.To > stretch.From).ToList();
        var all = stretches.Aggregate(0UL, (sum, stretch) => sum + (stretch.To - stretch.From));
        if (all == 0)
        {
            return null;
        }

        var at = Mixed((ulong)seed) % all;
        foreach (var (from, to) in stretches)
        {
            if (at < to - from)
            {
                return new Lsn(from + at);
            }

            at -= to - from;
        }

        return null;
    }

    /// <summary>Where the last piece before a place begins: some record begins in it, so recovery gets past everything before.</summary>
    private static ulong LastPiece(Lsn end, ulong pieceBytes) => end.Value < pieceBytes ? 0 : ((end.Value - 1) / pieceBytes * pieceBytes);

    /// <summary>Neighbouring seeds give numbers far apart (the finalizer of splitmix64).</summary>
    private static ulong Mixed(ulong seed)
    {
        var mixed = seed + 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
