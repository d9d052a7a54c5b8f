using System.Globalization;

namespace Holdfast.Core.Failover;

/// <summary>Log sequence number: a byte position in a store's write-ahead log. Printed as two hexadecimal halves, <c>0/3000148</c>.</summary>
public readonly record struct Lsn(ulong Value) : IComparable<Lsn>
{
    public static readonly Lsn Zero;
    public int CompareTo(Lsn other) => Value.CompareTo(other.Value);
    public static bool operator <(Lsn left, Lsn right) => left.Value < right.Value;
    public static bool operator >(Lsn left, Lsn right) => left.Value > right.Value;
    public static bool operator <=(Lsn left, Lsn right) => left.Value <= right.Value;
    public static bool operator >=(Lsn left, Lsn right) => left.Value >= right.Value;
    /// <summary>Bytes from <paramref name="earlier"/> to this; 0 when this is not ahead.</summary>
    public ulong BytesAhead(Lsn earlier) => Value > earlier.Value ? Value - earlier.Value : 0;
    public static Lsn Max(Lsn left, Lsn right) => left > right ? left : right;
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value >> 32:X}/{Value & 0xFFFFFFFF:X}");

    public static bool TryParse(string? text, out Lsn lsn)
    {
        lsn = default;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (text is null || slash <= 0 ||
            !uint.TryParse(text.AsSpan(0, slash), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var high) ||
            !uint.TryParse(text.AsSpan(slash + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var low))
        {
            return false;
        }

        lsn = new Lsn(((ulong)high << 32) | low);
        return true;
    }

    /// <exception cref="FormatException">The text is not an LSN.</exception>
    public static Lsn Parse(string text) =>
        TryParse(text, out var lsn) ? lsn : throw new FormatException($"'{text}' is not an LSN such as 0/3000148");
}

/// <summary>A place in a log that may have forked: which timeline, and how far.</summary>
public readonly record struct LogPosition(uint Timeline, Lsn Lsn)
{
    public override string ToString() => $"{Timeline}:{Lsn}";
}

/// <summary>Where a timeline of a member's own history began: it was forked off the one before at <paramref name="Fork"/>.</summary>
public readonly record struct TimelineStart(uint Timeline, Lsn Fork);
