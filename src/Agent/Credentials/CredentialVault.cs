using System.Collections.Immutable;
using Holdfast.Coordination;
using Holdfast.Core;

namespace Holdfast.Agent.Credentials;

/// <summary>The passwords of a store cannot be had; the message says why and the remedy.</summary>
public sealed class CredentialException : Exception
{
    public CredentialException(string message) : base(message) { }
    public CredentialException(string message, Exception innerException) : base(message, innerException) { }
    public CredentialException() { }
}

/// <summary>Passwords that the first member generates and all share through coordination, sealed with the token.</summary>
public sealed class CredentialVault
{
    public CredentialVault(Secret token, string system, string store) => throw new NotSupportedException("shape only");

    /// <summary>The passwords of these names; those that are not there yet are generated and stored by compare-and-swap.</summary>
    /// <exception cref="CredentialException">Another token, or a value that cannot be read.</exception>
    /// <exception cref="CoordinationException">Coordination could not be reached.</exception>
    public Task<ImmutableDictionary<string, Secret>> GetOrCreateAsync(
        ICoordination coordination, string key, IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        throw new NotSupportedException("shape only");
}
