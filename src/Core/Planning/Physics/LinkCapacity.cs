using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Physics;

/// <summary>What a link carries of a stream: the least of what the line has left after its headers, what the window allows, and what loss allows.</summary>
public static class LinkCapacity
{
    /// <summary>Payload of one segment on Ethernet: 1500 less 20 (IPv4), 20 (TCP) and 12 (time stamps, RFC 7323).</summary>
    public const int SegmentBytes = 1448;

    /// <summary>Segment with its headers: 52 of IP and TCP, 14 of Ethernet, 4 of its check sum, 8 of preamble, 12 of gap (IEEE 802.3).</summary>
    public const int SegmentOnTheWire = SegmentBytes + 52 + 38;

    /// <summary>What is left of a line for what is sent through TCP: 94.1 percent, 941 of 1000 Mbit/s.</summary>
    public const double TcpShare = (double)SegmentBytes / SegmentOnTheWire;

    /// <summary>PostgreSQL's messages of log: at most 128 KiB each (<c>MAX_SEND_SIZE</c>), with 25 bytes of header and 5 of CopyData.</summary>
    public const double ReplicationShare = 131_072.0 / (131_072 + 30);

    /// <summary>With more packets lost, time-outs decide, and no formula of congestion avoidance.</summary>
    private const double MostLoss = 0.02;

    /// <summary>What is left of a line for log.</summary>
    public const double LogShare = TcpShare * ReplicationShare;

    /// <summary>What a line can carry of log.</summary>
    /// <param name="roundTrip">Null, or zero: no bound by window or loss.</param>
    /// <param name="window">How much may be unacknowledged: the receiver's window.</param>
    /// <param name="loss">Share of packets that do not arrive.</param>
    public static ByteRate OfLog(ByteRate line, TimeSpan roundTrip, ByteCount window, Probability loss) =>
        ByteRate.Least(line * LogShare, OfConnection(roundTrip, window, loss));

    /// <summary>What one connection can carry, however wide the line is.</summary>
    public static ByteRate OfConnection(TimeSpan roundTrip, ByteCount window, Probability loss) =>
        ByteRate.Least(ByWindow(window, roundTrip), ByLoss(loss, roundTrip));

    /// <summary>One window a round trip (RFC 7323, 1.1: the product of bandwidth and delay must fit into the window).</summary>
    public static ByteRate ByWindow(ByteCount window, TimeSpan roundTrip) => roundTrip <= TimeSpan.Zero
        ? Unbounded
        : new ByteRate(window.Bytes / roundTrip.TotalSeconds);

    /// <summary>
    /// MSS / RTT · √(3/2) / √p. M. Mathis, J. Semke, J. Mahdavi and T. Ott, "The Macroscopic Behavior of the TCP Congestion Avoidance
    /// Algorithm", Computer Communication Review 27(3), 1997. For Reno with an acknowledgement of each segment and random loss; CUBIC and BBR do better on
    /// long links, and above a few percent of loss time-outs make all of them worse. Nothing passes where everything is lost.
    /// </summary>
    public static ByteRate ByLoss(Probability loss, TimeSpan roundTrip) => loss.Value >= 1 ? new ByteRate(0)
        : loss.Value == 0 || roundTrip <= TimeSpan.Zero ? Unbounded
        : new ByteRate(SegmentBytes / roundTrip.TotalSeconds * Math.Sqrt(1.5) / Math.Sqrt(loss.Value));

    /// <summary>The most that may be lost for a connection to carry that much: <see cref="ByLoss"/>, solved for p, as far as that formula holds.</summary>
    public static Probability LossToCarry(ByteRate rate, TimeSpan roundTrip)
    {
        var root = SegmentBytes * Math.Sqrt(1.5) / (rate * roundTrip).Bytes;
        return new Probability(Math.Min(MostLoss, root * root));
    }

    /// <summary>The window that fills the line: bandwidth times delay.</summary>
    public static ByteCount WindowToFill(ByteRate line, TimeSpan roundTrip) => line * roundTrip;

    private static ByteRate Unbounded => new(double.MaxValue);
}
