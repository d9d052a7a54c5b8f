using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Holdfast.Core;

/// <summary>Assertions that stay on in production. A broken invariant is a bug: the process must stop rather than decide on a lie.</summary>
public static class Invariant
{
    /// <summary>Throws when <paramref name="condition"/> is false.</summary>
    /// <exception cref="InvariantViolationException">The condition does not hold.</exception>
    public static void Check(
        [DoesNotReturnIf(false)] bool condition, string meaning, [CallerArgumentExpression(nameof(condition))] string? expression = null)
    {
        if (!condition)
        {
            throw new InvariantViolationException($"{meaning} ({expression})");
        }
    }
}

/// <summary>A bug in Holdfast itself, never an outside fault.</summary>
public sealed class InvariantViolationException : Exception
{
    public InvariantViolationException(string message) : base(message) { }
    public InvariantViolationException() { }
    public InvariantViolationException(string message, Exception innerException) : base(message, innerException) { }
}
