namespace Holdfast.Agent.Guarding;

/// <summary>The guard cannot be reached or refuses. The message says what and the remedy.</summary>
public sealed class GuardException : Exception
{
    public GuardException(string message) : base(message) { }
    public GuardException(string message, Exception innerException) : base(message, innerException) { }
    public GuardException() { }
}
