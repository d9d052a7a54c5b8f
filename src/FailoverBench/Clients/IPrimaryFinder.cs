namespace Holdfast.FailoverBench.Clients;

/// <summary>How a client finds the one server that takes writes.</summary>
internal interface IPrimaryFinder
{
    /// <summary>Rises when it is told that another is primary: a connection made before is to be given up. Stays as it is where nobody tells.</summary>
    long Changes => 0;

    /// <summary>Begins to listen for that, where there is somebody to listen to, until it is cancelled.</summary>
    Task ListenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A connection to a server that says that it is primary.</summary>
    /// <param name="attempt">Rises with each attempt: each begins with another of those that are asked, so that one that hangs stands in nobody's way.</param>
    /// <exception cref="IOException">Nobody says so.</exception>
    Task<RedisConnection> ConnectAsync(int attempt, CancellationToken cancellationToken);
}
