using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Holdfast.Configuration.Yaml;

namespace Holdfast.Configuration.Shapes;

/// <summary>A time span: <c>500ms</c>, <c>1s</c>, <c>5m</c>, <c>1h</c>.</summary>
internal sealed class DurationShape(bool isLong = false) : ScalarShape<TimeSpan>
{
    public static readonly DurationShape Instance = new();

    /// <summary>For what is compared with the calendar: a timer never waits for it.</summary>
    public static readonly DurationShape Long = new(isLong: true);

    // A month is beyond every use of the others and far below where timers overflow; these have room between two of something that comes once a year.
    private TimeSpan Longest { get; } = TimeSpan.FromHours(isLong ? 10_000 : 720);

    public override string Name => isLong ? "long duration" : "duration";
    public override string Explanation => $"A whole number and a unit: `500ms`, `1s`, `5m` or `1h`; at most `{Text(Longest)}`.";
    protected override string Noun => "duration";
    protected override string Remedy => "write for example 500ms, 1s, 5m or 1h";
    public override JsonObject Describe() => TextSchema(@"^[0-9]{1,9}(ms|s|m|h)$");

    public override string Format(TimeSpan value) => Text(value);

    public static string Text(TimeSpan value) => value switch
    {
        _ when value == TimeSpan.Zero => "0s",
        _ when value.Ticks % TimeSpan.TicksPerHour == 0 => $"{value.Ticks / TimeSpan.TicksPerHour}h",
        _ when value.Ticks % TimeSpan.TicksPerMinute == 0 => $"{value.Ticks / TimeSpan.TicksPerMinute}m",
        _ when value.Ticks % TimeSpan.TicksPerSecond == 0 => $"{value.Ticks / TimeSpan.TicksPerSecond}s",
        _ => $"{value.Ticks / TimeSpan.TicksPerMillisecond}ms",
    };

    /// <summary>A whole number, and how many ticks its unit has. Null: it is not written so.</summary>
    /// <param name="units">Those that may be written, with bars between.</param>
    internal static (long Number, long Unit)? Read(string text, string units)
    {
        var match = Regex.Match(text, $@"^(?<number>[0-9]{{1,9}})(?<unit>{units})\z", RegexOptions.CultureInvariant);
        return !match.Success ? null : (long.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture), match.Groups["unit"].Value switch
        {
            "ms" => TimeSpan.TicksPerMillisecond,
            "s" => TimeSpan.TicksPerSecond,
            "m" => TimeSpan.TicksPerMinute,
            "h" => TimeSpan.TicksPerHour,
            _ => TimeSpan.TicksPerDay,
        });
    }

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out TimeSpan value)
    {
        value = default;
        if (Read(scalar.Text, "ms|s|m|h") is not var (number, unit))
        {
            var bare = long.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
            Refuse(scalar, place, context, bare
                ? $"add the unit: {scalar.Text}ms, {scalar.Text}s, {scalar.Text}m or {scalar.Text}h"
                : null);
            return false;
        }

        if (number > Longest.Ticks / unit)
        {
            context.Findings.Error(place, $"'{scalar.Text}' is longer than {Text(Longest)}", "write a shorter duration");
            return false;
        }

        value = TimeSpan.FromTicks(number * unit);
        return true;
    }
}

/// <summary>An amount of data in MiB: <c>512MiB</c>, <c>10GiB</c>.</summary>
internal sealed class SizeShape : ScalarShape<int>
{
    public static readonly SizeShape Instance = new();

    public override string Name => "size";
    public override string Explanation => "A whole number and a unit: `512MiB`, `10GiB` or `1TiB`.";
    protected override string Remedy => "write for example 512MiB, 10GiB or 1TiB";
    public override JsonObject Describe() => TextSchema(@"^[1-9][0-9]{0,8}(MiB|GiB|TiB)$");

    public override string Format(int value) => value switch
    {
        _ when value % (1024 * 1024) == 0 => $"{value / (1024 * 1024)}TiB",
        _ when value % 1024 == 0 => $"{value / 1024}GiB",
        _ => $"{value}MiB",
    };

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out int value)
    {
        value = 0;
        var match = Regex.Match(scalar.Text, @"^(?<number>[1-9][0-9]{0,8})(?<unit>MiB|GiB|TiB)\z", RegexOptions.CultureInvariant);
        if (!match.Success)
        {
            var near = Regex.Match(scalar.Text, @"^(?<number>[1-9][0-9]{0,8}) ?(?<unit>[MGT])i?[bB]?\z", RegexOptions.CultureInvariant);
            Refuse(scalar, place, context, near.Success ? $"write {near.Groups["number"].Value}{near.Groups["unit"].Value}iB" : null);
            return false;
        }

        var mebibytes = long.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) * match.Groups["unit"].Value switch
        {
            "MiB" => 1L,
            "GiB" => 1024L,
            _ => 1024L * 1024L,
        };
        if (mebibytes > int.MaxValue)
        {
            context.Findings.Error(place, $"'{scalar.Text}' is larger than a server can count", "write at most 2047TiB");
            return false;
        }

        value = (int)mebibytes;
        return true;
    }
}

/// <summary>An amount of data in bytes, or what a link carries of it in a second: <c>16GiB</c>, <c>100MB</c>.</summary>
internal sealed class ByteSizeShape(bool orNothing = false) : ScalarShape<long>
{
    public static readonly ByteSizeShape Instance = new();

    /// <summary>It may be that there is none of it.</summary>
    public static readonly ByteSizeShape OrNothing = new(orNothing: true);

    // As many as a server can count, which has 31 bits for mebibytes.
    private const long Largest = 2047L << 40;

    // The largest first: a number is written with the largest that goes into it.
    private static readonly (string Name, long Bytes)[] Units =
    [
        ("TiB", 1L << 40), ("TB", 1_000_000_000_000), ("GiB", 1L << 30), ("GB", 1_000_000_000),
        ("MiB", 1L << 20), ("MB", 1_000_000), ("KiB", 1L << 10), ("KB", 1_000),
    ];

    public override string Name => orNothing ? "bytes or `0B`" : "bytes";
    public override string Explanation =>
        "A whole number and a unit: `64MB`, `16GB` or `1TB`, each 1000 times the one before, or `64MiB`, `16GiB` or `1TiB`, each 1024 times."
        + (orNothing ? " `0B`: none." : "");
    protected override string Noun => "number of bytes";
    protected override string Remedy => $"write for example 64MB, 16GB or 1TB{(orNothing ? ", or 0B for none" : "")}";
    public override JsonObject Describe() => TextSchema(orNothing ? "^(0B|[1-9][0-9]{0,8}[KMGT]i?B)$" : "^[1-9][0-9]{0,8}[KMGT]i?B$");

    public override string Format(long value)
    {
        var unit = Units.FirstOrDefault(unit => value % unit.Bytes == 0, ("B", 1));
        return $"{value / unit.Bytes}{unit.Name}";
    }

    /// <summary>Lines are sold in bits.</summary>
    private string? OfBits(string text)
    {
        var match = Regex.Match(text, @"^(?<number>[1-9][0-9]{0,5}) ?(?<unit>[MGT])bit(?:/s|ps)?\z", RegexOptions.CultureInvariant);
        return match.Success && long.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) is var bits
            ? $"{text} is {Format(bits * Unit($"{match.Groups["unit"].Value}B") / 8)}: write that"
            : null;
    }

    private static long Unit(string name) => Units.First(unit => unit.Name == name).Bytes;

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out long value)
    {
        value = 0;
        if (orNothing && scalar.Text == "0B")
        {
            return true;
        }

        var match = Regex.Match(scalar.Text, @"^(?<number>[1-9][0-9]{0,8})(?<unit>[KMGT]i?B)\z", RegexOptions.CultureInvariant);
        if (!match.Success)
        {
            var near = Regex.Match(scalar.Text, @"^(?<number>[1-9][0-9]{0,8}) ?(?<unit>[kKMGT]i?)B?(?:/s)?\z", RegexOptions.CultureInvariant);
            Refuse(scalar, place, context, near.Success
                ? $"write {near.Groups["number"].Value}{near.Groups["unit"].Value.ToUpperInvariant().Replace('I', 'i')}B"
                : OfBits(scalar.Text));
            return false;
        }

        var number = long.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
        var bytes = Unit(match.Groups["unit"].Value);
        if (number > Largest / bytes)
        {
            context.Findings.Error(place, $"'{scalar.Text}' is larger than a server can count", $"write at most {Format(Largest)}");
            return false;
        }

        value = number * bytes;
        return true;
    }
}

/// <summary>A whole number within bounds.</summary>
internal sealed class IntegerShape(int minimum, int maximum) : ScalarShape<int>
{
    public override string Name => "whole number";
    protected override string Remedy => $"write a whole number from {minimum} to {maximum}, without quotes";
    public override JsonNode FormatJson(int value) => JsonValue.Create(value);
    public override JsonObject Describe() => new() { ["type"] = "integer", ["minimum"] = minimum, ["maximum"] = maximum };

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out int value)
    {
        value = 0;
        if (!scalar.IsPlain || !int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value))
        {
            context.Findings.Error(
                place,
                scalar.IsPlain ? $"'{scalar.Text}' is not a whole number" : $"\"{scalar.Text}\" is text, not a number",
                Remedy);
            return false;
        }

        if (value < minimum || value > maximum)
        {
            context.Findings.Error(place, $"{value} is out of range", Remedy);
            return false;
        }

        return true;
    }
}

/// <summary>true or false.</summary>
internal sealed class BooleanShape : ScalarShape<bool>
{
    public static readonly BooleanShape Instance = new();

    public override string Name => "true or false";
    protected override string Noun => "truth value";
    protected override string Remedy => "write true or false, without quotes";
    public override string Format(bool value) => value ? "true" : "false";
    public override JsonNode FormatJson(bool value) => JsonValue.Create(value);
    public override JsonObject Describe() => new() { ["type"] = "boolean" };

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out bool value)
    {
        value = scalar is { IsPlain: true, Text: "true" };
        if (value || scalar is { IsPlain: true, Text: "false" })
        {
            return true;
        }

        Refuse(scalar, place, context);
        return false;
    }
}

/// <summary>One of a few words.</summary>
internal sealed class ChoiceShape<T>(params (string Word, T Value)[] choices) : ScalarShape<T>
    where T : notnull
{
    public override string Name => string.Join(" or ", choices.Select(choice => $"`{choice.Word}`"));
    protected override string Noun => "choice here";
    protected override string Remedy => $"write {string.Join(" or ", choices.Select(choice => choice.Word))}";
    public override string Format(T value) => choices.First(choice => choice.Value.Equals(value)).Word;
    public override JsonObject Describe() =>
        new() { ["type"] = "string", ["enum"] = new JsonArray([.. choices.Select(choice => JsonValue.Create(choice.Word))]) };

    protected override bool TryParse(ScalarNode scalar, Place place, ReadContext context, out T value)
    {
        foreach (var choice in choices)
        {
            if (choice.Word == scalar.Text)
            {
                value = choice.Value;
                return true;
            }
        }

        value = default!;
        Refuse(scalar, place, context, DidYouMean.Remedy(scalar.Text, [.. choices.Select(choice => choice.Word)], "the choice is:"));
        return false;
    }
}
