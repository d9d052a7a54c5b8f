namespace Holdfast.Agent.Credentials;

/// <summary>The token or the passwords of a store cannot be had; the message says why and the remedy.</summary>
public sealed class CredentialException : Exception
{
    public CredentialException(string message) : base(message) { }
    public CredentialException(string message, Exception innerException) : base(message, innerException) { }
    public CredentialException() { }
}
