namespace Holdfast.FailoverBench.Clients;

/// <summary>A session with one server, whatever its part. Calls may hang with a frozen server: who waits bounds the wait and abandons.</summary>
internal interface IProbe : IAsyncDisposable
{
    bool IsOpen { get; }

    /// <summary>Another session may be opened.</summary>
    bool HasRoom { get; }

    Task OpenAsync();

    /// <summary>Returns when the server has acknowledged the write.</summary>
    Task WriteAsync(long id);

    /// <summary>Leaves the session, and the call that may still be going on, to itself.</summary>
    void Abandon(Task pending);
}
