namespace Holdfast.Verification.Targets;

/// <summary>What a fault of a target means for the comparison.</summary>
public enum VerifyFault
{
    /// <summary>The member or its agent cannot be reached, or refuses.</summary>
    Unreachable,
    /// <summary>The data are damaged there: a finding.</summary>
    Unreadable,
    /// <summary>The read took too long: a smaller chunk may do.</summary>
    TooLong,
    /// <summary>The table is not there (any more), or is defined otherwise than was said.</summary>
    Changed,
    /// <summary>The members cannot be compared: not of one store, roles changed meanwhile, one does not catch up.</summary>
    NotComparable,
    /// <summary>Anything else; the message says it.</summary>
    Failed,
}

/// <summary>A read for a comparison failed. The message is one clear line for people.</summary>
public sealed class VerifyException : Exception
{
    public VerifyException(VerifyFault fault, string message) : base(message) => Fault = fault;
    public VerifyException(VerifyFault fault, string message, Exception innerException) : base(message, innerException) => Fault = fault;
    public VerifyException() { }
    public VerifyException(string message) : base(message) { }
    public VerifyException(string message, Exception innerException) : base(message, innerException) { }

    public VerifyFault Fault { get; } = VerifyFault.Failed;
}
