namespace Holdfast.Cli.Planning.Page.Charts;

/// <summary>Axes of data and of money.</summary>
internal static class AmountAxis
{
    private static readonly (double Size, string Name)[] DataUnits = [(1, "B"), (1e3, "kB"), (1e6, "MB"), (1e9, "GB"), (1e12, "TB"), (1e15, "PB")];

    private static readonly (double Size, string Name)[] MoneyUnits = [(1, ""), (1e3, "thousand "), (1e6, "million "), (1e9, "billion ")];

    public static Axis Bytes(string title, double mostBytes)
    {
        var (size, name) = DataUnits.LastOrDefault(unit => mostBytes >= 2 * unit.Size, DataUnits[0]);
        return Axis.Linear($"{title}, {name}", mostBytes, size);
    }

    public static Axis Money(string title, double mostAmount, string currency)
    {
        var (size, name) = MoneyUnits.LastOrDefault(unit => mostAmount >= 10 * unit.Size, MoneyUnits[0]);
        return Axis.Linear($"{title}, {name}{Words.Short(currency)}", mostAmount, size);
    }
}
