using System.Globalization;

namespace Holdfast.Core.Planning.Quantities;

/// <summary>A number that no real system has, such as a negative distance; the message says which, and what would be right.</summary>
public sealed class ImpossibleException(string message) : Exception(message)
{
    /// <summary>Refuses what is below zero, not a number, or without an end.</summary>
    internal static double IfNegative(double value, string what, string unit) => double.IsFinite(value) && value >= 0
        ? value
        : throw new ImpossibleException(string.Create(
            CultureInfo.InvariantCulture, $"{what} of {value} {unit} is impossible: it is a finite number from 0 on"));

    /// <summary>Refuses what is not above zero.</summary>
    internal static double IfNotPositive(double value, string what, string unit) => IfNegative(value, what, unit) > 0
        ? value
        : throw new ImpossibleException($"{what} of 0 {unit} is impossible: it is above 0");

    /// <summary>Refuses a time that runs backwards.</summary>
    internal static TimeSpan IfNegative(TimeSpan value, string what) => value >= TimeSpan.Zero
        ? value
        : throw new ImpossibleException($"{what} of {value} is impossible: no time is below 0");
}
