using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Core.Failover;

namespace Holdfast.Engines.Backup;

/// <summary>What may stand for the moment up to which somebody asks to restore.</summary>
public static partial class RestoreMoment
{
    private const int LongestName = 63;

    /// <summary>A date, a time and its offset. Without one it would be the time of some host: an hour's mistake is easily made.</summary>
    public static bool TryParseTime(string text, out DateTimeOffset time)
    {
        time = default;
        return Whole().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }

    /// <summary>A restore point has a name of 1 to 63 bytes.</summary>
    public static bool IsName(string text) =>
        text.Length > 0 && Encoding.UTF8.GetByteCount(text) <= LongestName && !text.Any(char.IsControl);

    /// <summary>What is wrong with the value for this kind of moment; null: nothing.</summary>
    public static string? Fault(RestoreKind kind, string value) => kind switch
    {
        RestoreKind.Time when !TryParseTime(value, out _) => $"'{value}' is not a time with its offset, such as 2026-11-22 14:31:59Z",
        RestoreKind.Lsn when !Lsn.TryParse(value, out _) => $"'{value}' is not an LSN such as 0/3000148",
        RestoreKind.Name when !IsName(value) => $"'{value}' is not the name of a restore point: it has 1 to 63 bytes, on one line",
        RestoreKind.Latest when value.Length > 0 => "'latest' takes no value",
        _ => null,
    };

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)? ?([Zz]|[+-]\d\d(:?\d\d)?)\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Whole();
}
