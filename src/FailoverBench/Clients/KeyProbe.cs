namespace Holdfast.FailoverBench.Clients;

/// <summary>Sets keys of its own at one Redis server.</summary>
internal sealed class KeyProbe(int port, string user, string password, TimeProvider time) : IProbe
{
    public const string Prefix = "probe:";
    private CancellationTokenSource _end = new();
    private RedisConnection? _session;

    public bool IsOpen => _session is not null;
    public bool HasRoom => true;

    public async Task OpenAsync() => _session = await RedisConnection.OpenAsync(port, user, password, _end.Token);

    /// <summary>At the pace of the client whose outage is measured, so that their counts compare.</summary>
    public async Task WriteAsync(long id)
    {
        await (_session ?? throw new InvalidOperationException("not open")).CallAsync(_end.Token, "SET", $"{Prefix}{id}", "1");
        await Task.Delay(KeyClient.Pace, time, CancellationToken.None);
    }

    /// <summary>Ends the session and the call, which leaves nothing behind here.</summary>
    public void Abandon(Task pending)
    {
        _end.Cancel();
        _end.Dispose();
        _end = new CancellationTokenSource();
        _session?.Dispose();
        _session = null;
    }

    public ValueTask DisposeAsync()
    {
        _end.Cancel();
        _end.Dispose();
        _session?.Dispose();
        return ValueTask.CompletedTask;
    }
}
