using System.Globalization;
using Holdfast.Cli.CommandLine;
using Holdfast.Verification;

namespace Holdfast.Cli.Verify;

/// <summary>The value of <c>--throttle</c>: a share of time (<c>10%</c>), a rate (<c>50MB/s</c>), or both with a comma.</summary>
internal static class Throttle
{
    private static readonly (string Unit, long Bytes)[] Units = [("kB/s", 1000), ("MB/s", 1_000_000), ("GB/s", 1_000_000_000), ("B/s", 1)];

    /// <exception cref="CliException">It is neither.</exception>
    public static VerifyOptions Apply(VerifyOptions options, string text)
    {
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            options = Share(part) is { } share ? options with { Share = share }
                : Rate(part) is { } rate ? options with { Rate = rate }
                : throw new CliException(ExitCode.Usage, $"'{part}' is no throttle; write a share of time such as 10%, or a rate such as 50MB/s");
        }

        return options;
    }

    private static double? Share(string text) =>
        text.EndsWith('%') && Number(text[..^1]) is { } percent and > 0 and <= 100 ? percent / 100 : null;

    private static long? Rate(string text)
    {
        foreach (var (unit, bytes) in Units)
        {
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
            {
                return Number(text[..^unit.Length]) is { } number and > 0 ? (long)Math.Max(1, number * bytes) : null;
            }
        }

        return null;
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null;
}
