namespace Holdfast.Core.Planning.Quantities;

/// <summary>An amount in the plan's currency. What it is for a year, a month or once, the name of whatever holds it says.</summary>
public readonly record struct Money : IComparable<Money>
{
    /// <exception cref="ImpossibleException">Negative, or not finite: a price is paid, never received.</exception>
    public Money(double amount) => Amount = ImpossibleException.IfNegative(amount, "a price", "(currency)");

    public static readonly Money Zero = new(0);

    public double Amount { get; }

    public static Money operator +(Money left, Money right) => new(left.Amount + right.Amount);
    public static Money operator *(Money price, double times) => new(price.Amount * times);
    public static bool operator <(Money left, Money right) => left.Amount < right.Amount;
    public static bool operator >(Money left, Money right) => left.Amount > right.Amount;
    public static bool operator <=(Money left, Money right) => left.Amount <= right.Amount;
    public static bool operator >=(Money left, Money right) => left.Amount >= right.Amount;

    public int CompareTo(Money other) => Amount.CompareTo(other.Amount);

    public static Money Sum(IEnumerable<Money> amounts) => new(amounts.Sum(amount => amount.Amount));
}
