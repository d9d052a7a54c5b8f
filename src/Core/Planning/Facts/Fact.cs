namespace Holdfast.Core.Planning.Facts;

/// <summary>How much is known about a number; the first is best.</summary>
public enum FactSource
{
    /// <summary>On the running system, by <c>--probe</c>.</summary>
    Measured,
    /// <summary>In the file, or by a flag.</summary>
    Declared,
    /// <summary>Computed from another fact, such as a round trip from a distance.</summary>
    Derived,
    /// <summary>Nobody said: a default, which docs/PLANNING.md gives the reason for.</summary>
    Assumed,
}

/// <summary>A number with its source.</summary>
/// <param name="Origin">Where exactly: a path in the file, a flag, what it was computed from, or why the default is what it is.</param>
public sealed record Fact<T>(T Value, FactSource Source, string Origin)
    where T : notnull
{
    /// <summary>The same source for what is computed from it alone.</summary>
    public Fact<TOther> Derive<TOther>(Func<T, TOther> compute, string from)
        where TOther : notnull => new(compute(Value), FactSource.Derived, from);
}

/// <summary>Makes facts.</summary>
public static class Fact
{
    public static Fact<T> Measured<T>(T value, string origin)
        where T : notnull => new(value, FactSource.Measured, origin);

    public static Fact<T> Declared<T>(T value, string origin)
        where T : notnull => new(value, FactSource.Declared, origin);

    public static Fact<T> Derived<T>(T value, string origin)
        where T : notnull => new(value, FactSource.Derived, origin);

    public static Fact<T> Assumed<T>(T value, string origin)
        where T : notnull => new(value, FactSource.Assumed, origin);
}
