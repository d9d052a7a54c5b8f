namespace Holdfast.Core.Planning.Quantities;

/// <summary>An amount of data, in bytes; never negative.</summary>
public readonly record struct ByteCount : IComparable<ByteCount>
{
    /// <exception cref="ImpossibleException">Negative, or not finite.</exception>
    public ByteCount(double bytes) => Bytes = ImpossibleException.IfNegative(bytes, "an amount of data", "bytes");

    public double Bytes { get; }

    /// <summary>In the unit that storage and traffic are sold in: 10⁹ bytes.</summary>
    public double Gigabytes => Bytes / 1e9;

    public static ByteCount operator +(ByteCount left, ByteCount right) => new(left.Bytes + right.Bytes);
    public static ByteCount operator *(ByteCount amount, double times) => new(amount.Bytes * times);

    /// <summary>How long it takes at that rate.</summary>
    public static TimeSpan operator /(ByteCount amount, ByteRate rate) => Duration.OfSeconds(amount.Bytes / rate.BytesPerSecond);
    public static bool operator <(ByteCount left, ByteCount right) => left.Bytes < right.Bytes;
    public static bool operator >(ByteCount left, ByteCount right) => left.Bytes > right.Bytes;
    public static bool operator <=(ByteCount left, ByteCount right) => left.Bytes <= right.Bytes;
    public static bool operator >=(ByteCount left, ByteCount right) => left.Bytes >= right.Bytes;

    public int CompareTo(ByteCount other) => Bytes.CompareTo(other.Bytes);
}

/// <summary>Data per time, in bytes per second; never negative.</summary>
public readonly record struct ByteRate : IComparable<ByteRate>
{
    /// <exception cref="ImpossibleException">Negative, or not finite.</exception>
    public ByteRate(double bytesPerSecond) => BytesPerSecond = ImpossibleException.IfNegative(bytesPerSecond, "a data rate", "bytes per second");

    public double BytesPerSecond { get; }

    /// <summary>In the unit that lines are sold in: 10⁶ bits a second.</summary>
    public static ByteRate OfMegabits(double megabitsPerSecond) => new(megabitsPerSecond * 1e6 / 8);

    public double Megabits => BytesPerSecond * 8 / 1e6;

    public static ByteRate operator +(ByteRate left, ByteRate right) => new(left.BytesPerSecond + right.BytesPerSecond);
    public static ByteRate operator *(ByteRate rate, double times) => new(rate.BytesPerSecond * times);
    /// <summary>What comes together in that time.</summary>
    public static ByteCount operator *(ByteRate rate, TimeSpan time) => new(rate.BytesPerSecond * time.TotalSeconds);
    public static bool operator <(ByteRate left, ByteRate right) => left.BytesPerSecond < right.BytesPerSecond;
    public static bool operator >(ByteRate left, ByteRate right) => left.BytesPerSecond > right.BytesPerSecond;
    public static bool operator <=(ByteRate left, ByteRate right) => left.BytesPerSecond <= right.BytesPerSecond;
    public static bool operator >=(ByteRate left, ByteRate right) => left.BytesPerSecond >= right.BytesPerSecond;

    public int CompareTo(ByteRate other) => BytesPerSecond.CompareTo(other.BytesPerSecond);

    /// <summary>The lesser of two limits.</summary>
    public static ByteRate Least(ByteRate left, ByteRate right) => left <= right ? left : right;

    /// <summary>What is left of it when others take their part; nothing when they take all.</summary>
    public ByteRate Less(ByteRate others) => new(Math.Max(0, BytesPerSecond - others.BytesPerSecond));
}
