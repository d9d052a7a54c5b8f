namespace Holdfast.Sessions.Store;

/// <summary>Where the store is and how long a request waits for it. No record: nothing here prints the password by itself.</summary>
internal sealed class StoreOptions
{
    /// <summary>The one address; in production the read-write port of <c>holdfast gate</c>.</summary>
    public required string Host { get; init; }
    public required int Port { get; init; }
    /// <summary>Null: the server's default user.</summary>
    public string? User { get; init; }
    /// <summary>Null: the server asks for none.</summary>
    public string? Password { get; init; }
    /// <summary>How long a request waits for the store to come back before it fails.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);
    /// <summary>How long one connection may be silent before another one is tried: a frozen server does not hang up.</summary>
    public TimeSpan Attempt { get; init; } = TimeSpan.FromSeconds(2);
    /// <summary>Most connections at a time.</summary>
    public int Connections { get; init; } = 16;

    public string Address => $"{Host}:{Port}";

    public override string ToString() => Address;
}

/// <summary>The store did not come back within the declared patience.</summary>
internal sealed class StoreAwayException(string message, Exception? inner = null) : Exception(message, inner)
{
    public StoreAwayException() : this("") { }
    public StoreAwayException(string message) : this(message, null) { }
}

/// <summary>The store has answered, and waiting does not help: a command that it does not know, or a value of another kind.</summary>
internal sealed class StoreErrorException(string message, Exception? inner = null) : Exception(message, inner)
{
    public StoreErrorException() : this("") { }
    public StoreErrorException(string message) : this(message, null) { }
}
