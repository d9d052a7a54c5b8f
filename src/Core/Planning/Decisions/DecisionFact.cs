using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Core.Planning.Decisions;

/// <summary>A fact's value as people read it, and in its plain unit.</summary>
/// <param name="Number">Of a choice, its place among the choices; of a list, how long it is.</param>
public readonly record struct FactValue(string Text, double Number)
{
    public static FactValue Of(bool value) => new(value ? "yes" : "no", value ? 1 : 0);
    public static FactValue Of(int value) => new(value.ToString(CultureInfo.InvariantCulture), value);
    public static FactValue Of(TimeSpan value) => new(QuantityText.Of(value), value.TotalSeconds);
    public static FactValue Of(ByteCount value) => new(QuantityText.Of(value), value.Bytes);
    public static FactValue Of(ByteRate value) => new(QuantityText.Of(value), value.BytesPerSecond);
    public static FactValue Of(Money value) => new(QuantityText.Digits(value.Amount), value.Amount);
    public static FactValue Share(Probability value) => new(QuantityText.Percent(value.Value), value.Value);
    public static FactValue Available(Probability value) => new(QuantityText.Available(value), value.Value);
    public static FactValue Choice<T>(T value)
        where T : struct, Enum => new(ChoiceWord.Of(value), Array.IndexOf(Enum.GetValues<T>(), value));
    public static FactValue List<T>(ImmutableArray<T> values)
        where T : struct, Enum => new(values.IsEmpty ? "none" : $"{values.Length} given", values.Length);
}

/// <summary>What a choice is called in the file: <c>GitEncrypted</c> is <c>git-encrypted</c>.</summary>
public static class ChoiceWord
{
    public static string Of<T>(T value)
        where T : struct, Enum => string.Concat(value.ToString().Select((letter, at) =>
            char.IsUpper(letter) ? (at > 0 ? "-" : "") + char.ToLowerInvariant(letter) : letter.ToString()));
}

/// <summary>One fact of a decision.</summary>
/// <param name="Key">In the file, below the decision's section.</param>
/// <param name="Value">Read from all facts.</param>
/// <param name="Reason">Why its default is what it is; a clause.</param>
public sealed record DecisionFact<T>(string Key, Func<T, FactValue> Value, string Reason)
    where T : notnull
{
    /// <summary>Its row in the table of all numbers.</summary>
    /// <param name="of">What it belongs to.</param>
    public FactRow Row(string of, SourcedFacts<T> facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        var (text, number) = Value(facts.Value);
        var (source, origin) = facts.Known.GetValueOrDefault(Key) ?? new FactOrigin(FactSource.Assumed, Reason);
        return new FactRow(of, Key.Replace('-', ' '), text, number, source, origin);
    }
}
