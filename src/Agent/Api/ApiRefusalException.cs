namespace Holdfast.Agent.Api;

/// <summary>A request that is answered with an error. Thrown by handlers, written once by <see cref="FaultBoundary"/>.</summary>
internal sealed class ApiRefusalException(int status, string error, string? remedy) : Exception(error)
{
    public int Status { get; } = status;
    public ApiError Body { get; } = new(error, remedy);
}

/// <summary>The API cannot be started. The message says what, where and the remedy, in one line.</summary>
public sealed class AgentApiException : Exception
{
    public AgentApiException() { }
    public AgentApiException(string message) : base(message) { }
    public AgentApiException(string message, Exception innerException) : base(message, innerException) { }
}
