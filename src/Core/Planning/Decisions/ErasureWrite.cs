using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>What one write of a client makes the disks of an erasure-coded pool do.</summary>
/// <param name="Written">By all disks together.</param>
/// <param name="Read">Before anything can be written. Nothing, for whole stripes.</param>
public readonly record struct ErasureWrite(ByteCount Written, ByteCount Read)
{
    public double WriteFactor(ByteCount write) => Written.Bytes / write.Bytes;

    public double ReadFactor(ByteCount write) => Read.Bytes / write.Bytes;

    /// <summary>
    /// A stripe is k chunks of data and m of code. A write of a whole stripe writes (k + m)/k times its size. Of a part, up to Ceph Squid all k data
    /// chunks are read, the new data are put in, and all k + m chunks are written (Ceph, "Erasure coding enhancements", current overwrite
    /// implementation). With the optimizations of Tentacle only what changes is written with its code, and the lesser of two things is read: what
    /// does not change, or what does and its code (partial overwrites, parity delta writes; for m = 1 and one chunk the latter is the small write of
    /// RAID 5 with two reads and two writes: D. Patterson, G. Gibson and R. Katz, SIGMOD 1988). The write is taken to begin where a chunk begins.
    /// </summary>
    /// <param name="k">Data chunks.</param>
    /// <param name="m">Coding chunks.</param>
    /// <param name="unit">Of a stripe, what lies in one chunk.</param>
    /// <exception cref="ImpossibleException">No data chunk, fewer than no code, or a unit or write of nothing.</exception>
    public static ErasureWrite Of(int k, int m, ByteCount unit, ByteCount write, bool optimized)
    {
        ImpossibleException.IfNotPositive(k, "an erasure code", "data chunks");
        ImpossibleException.IfNegative(m, "an erasure code", "coding chunks");
        var stripe = k * ImpossibleException.IfNotPositive(unit.Bytes, "a stripe unit", "bytes");
        var whole = Math.Floor(ImpossibleException.IfNotPositive(write.Bytes, "a write", "bytes") / stripe);
        var rest = write.Bytes - (whole * stripe);
        var written = whole * (k + m) * unit.Bytes;
        if (rest == 0)
        {
            return new ErasureWrite(new ByteCount(written), new ByteCount(0));
        }

        if (!optimized)
        {
            return new ErasureWrite(new ByteCount(written + ((k + m) * unit.Bytes)), new ByteCount(stripe));
        }

        // Of each coding chunk only the part that stands for what changes.
        var depth = Math.Min(unit.Bytes, rest);
        var changed = rest + (m * depth);
        var unchanged = (k * depth) - rest;
        return new ErasureWrite(new ByteCount(written + changed), new ByteCount(Math.Min(changed, unchanged)));
    }
}
