using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Configuration.Schema;

/// <summary>A key for one fact of a decision.</summary>
internal abstract class DecisionKey<TFacts>
    where TFacts : notnull
{
    public abstract Key Key { get; }

    /// <summary>The facts with what the section says.</summary>
    public abstract TFacts Set(TFacts facts, Section section);
}

/// <summary>A key whose values are <typeparamref name="TRead"/>.</summary>
internal sealed class DecisionKey<TFacts, TRead>(Key<TRead> key, Func<TFacts, TRead, TFacts> set) : DecisionKey<TFacts>
    where TFacts : notnull
    where TRead : notnull
{
    public Key<TRead> Typed => key;
    public override Key Key => key;
    public override TFacts Set(TFacts facts, Section section) => section.TryGet(key, out var value) ? set(facts, value) : facts;
}

/// <summary>Makes keys for the facts of a decision. What holds when a key is not given is what the facts say.</summary>
internal static class DecisionKeys<TFacts>
    where TFacts : notnull, new()
{
    private static readonly TFacts Usual = new();

    public static DecisionKey<TFacts, bool> YesNo(string name, Func<TFacts, bool> get, Func<TFacts, bool, TFacts> set, string meaning) =>
        new(new Key<bool>(name, BooleanShape.Instance, meaning) { Default = get(Usual) }, set);

    public static DecisionKey<TFacts, int> Whole(
        string name, int least, int most, Func<TFacts, int> get, Func<TFacts, int, TFacts> set, string meaning) =>
        new(new Key<int>(name, new IntegerShape(least, most), meaning) { Default = get(Usual) }, set);

    /// <param name="otherwise">What holds instead of a fixed value, where that is so.</param>
    public static DecisionKey<TFacts, TimeSpan> Time(
        string name, Func<TFacts, TimeSpan> get, Func<TFacts, TimeSpan, TFacts> set, string meaning, string? otherwise = null) =>
        new(
            otherwise is null
                ? new Key<TimeSpan>(name, DurationShape.Instance, meaning) { Default = get(Usual) }
                : new Key<TimeSpan>(name, DurationShape.Instance, meaning) { DefaultInWords = otherwise },
            set);

    public static DecisionKey<TFacts, TimeSpan> Latency(
        string name, Func<TFacts, TimeSpan> get, Func<TFacts, TimeSpan, TFacts> set, string meaning) =>
        new(new Key<TimeSpan>(name, LatencyShape.Instance, meaning) { Default = get(Usual) }, set);

    public static DecisionKey<TFacts, long> Bytes(
        string name, Func<TFacts, double> get, Func<TFacts, long, TFacts> set, string meaning, bool orNothing = false) =>
        new(
            new Key<long>(name, orNothing ? ByteSizeShape.OrNothing : ByteSizeShape.Instance, meaning) { Default = (long)get(Usual) },
            set);

    public static DecisionKey<TFacts, double> Share(
        string name, Func<TFacts, Probability> get, Func<TFacts, Probability, TFacts> set, string meaning) =>
        new(Number(name, get(Usual).Value, 1, meaning), (facts, share) => set(facts, new Probability(share)));

    public static DecisionKey<TFacts, double> Price(string name, Func<TFacts, Money> get, Func<TFacts, Money, TFacts> set, string meaning) =>
        new(Number(name, get(Usual).Amount, 1e12, meaning), (facts, amount) => set(facts, new Money(amount)));

    public static DecisionKey<TFacts, TChoice> Choice<TChoice>(
        string name, Func<TFacts, TChoice> get, Func<TFacts, TChoice, TFacts> set, string meaning)
        where TChoice : struct, Enum =>
        new(new Key<TChoice>(name, Words<TChoice>(), meaning) { Default = get(Usual) }, set);

    public static DecisionKey<TFacts, ImmutableArray<Located<TChoice>>> List<TChoice>(
        string name, string plural, Func<TFacts, ImmutableArray<TChoice>, TFacts> set, string meaning)
        where TChoice : struct, Enum =>
        new(
            new Key<ImmutableArray<Located<TChoice>>>(
                name, new ListShape<TChoice>(plural, Words<TChoice>(), minimum: 0),
                $"{meaning} Of {string.Join(", ", Enum.GetValues<TChoice>().Select(value => $"`{ChoiceWord.Of(value)}`"))}.")
            { DefaultInWords = "none" },
            (facts, values) => set(facts, [.. values.Select(value => value.Value)]));

    private static ChoiceShape<TChoice> Words<TChoice>()
        where TChoice : struct, Enum => new([.. Enum.GetValues<TChoice>().Select(value => (ChoiceWord.Of(value), value))]);

    private static Key<double> Number(string name, double usual, double largest, string meaning) =>
        new(name, new NumberShape(largest, usual.ToString(CultureInfo.InvariantCulture)), meaning) { Default = usual };
}
