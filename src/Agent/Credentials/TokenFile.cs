using Holdfast.Core;

namespace Holdfast.Agent.Credentials;

/// <summary>The token of a system that is all loopback and names none: a file, 0600, shared by the agents of one user on one host.</summary>
public static class TokenFile
{
    /// <summary>Reads the token, or creates the file; of several that create it at once, all return the same token.</summary>
    /// <exception cref="CredentialException">Too open, empty, or not readable.</exception>
    public static Secret GetOrCreate(string path) => throw new NotSupportedException("shape only");
}
