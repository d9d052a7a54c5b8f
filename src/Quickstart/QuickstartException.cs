namespace Holdfast.Quickstart;

/// <summary>The quickstart cannot go on. The message is for people: what, where, remedy.</summary>
internal sealed class QuickstartException : Exception
{
    public QuickstartException(string message) : base(message) { }
    public QuickstartException(string message, Exception innerException) : base(message, innerException) { }
    public QuickstartException() { }
}
