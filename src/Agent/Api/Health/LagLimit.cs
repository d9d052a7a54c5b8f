using System.Globalization;

namespace Holdfast.Agent.Api.Health;

/// <summary>
/// The value of <c>?lag=</c>: a number of bytes, plain or with a unit of 1024 (<c>kB</c>, <c>MB</c>, <c>GB</c>,
/// <c>TB</c>), as in the field.
/// </summary>
public static class LagLimit
{
    private static readonly (string Suffix, long Factor)[] Units =
    [
        ("TB", 1L << 40), ("GB", 1L << 30), ("MB", 1L << 20), ("kB", 1L << 10), ("B", 1),
    ];

    public static bool TryParse(string? text, out long bytes)
    {
        bytes = 0;
        var digits = (text ?? "").Trim();
        var factor = 1L;
        foreach (var (suffix, unit) in Units)
        {
            if (digits.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                digits = digits[..^suffix.Length].TrimEnd();
                factor = unit;
                break;
            }
        }

        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > long.MaxValue / factor)
        {
            return false;
        }

        bytes = number * factor;
        return true;
    }
}
