namespace Holdfast.Gate.Running;

/// <summary>The gate cannot run; one clear line says why and what would help.</summary>
public sealed class GateException : Exception
{
    public GateException(string message) : base(message) { }
    public GateException(string message, Exception innerException) : base(message, innerException) { }
    public GateException() { }
}
