namespace Holdfast.Core.Planning.Quantities;

/// <summary>A probability, or a share of the time: from 0 to 1.</summary>
public readonly record struct Probability : IComparable<Probability>
{
    /// <exception cref="ImpossibleException">Outside 0 to 1.</exception>
    public Probability(double value) => Value = value is >= 0 and <= 1
        ? value
        : throw new ImpossibleException(FormattableString.Invariant($"a probability of {value} is impossible: it is from 0 to 1"));

    public static readonly Probability Never = new(0);
    public static readonly Probability Certain = new(1);

    public double Value { get; }

    public Probability Not => new(1 - Value);

    /// <summary>Both, where neither knows of the other.</summary>
    public Probability And(Probability other) => new(Value * other.Value);

    public static bool operator <(Probability left, Probability right) => left.Value < right.Value;
    public static bool operator >(Probability left, Probability right) => left.Value > right.Value;
    public static bool operator <=(Probability left, Probability right) => left.Value <= right.Value;
    public static bool operator >=(Probability left, Probability right) => left.Value >= right.Value;

    // What the compiler would write goes round in circles: the contrary of the contrary of …
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public int CompareTo(Probability other) => Value.CompareTo(other.Value);
}
