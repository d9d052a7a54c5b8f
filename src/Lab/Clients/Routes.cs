using System.Collections.Immutable;
using System.Diagnostics;
using Npgsql;

namespace Holdfast.Lab.Clients;

/// <summary>Where a client connects.</summary>
internal interface IRoute
{
    /// <summary>Whether it looks for the primary, as an application does.</summary>
    bool Roams { get; }

    /// <summary>Through the gate, which promises more than a member does.</summary>
    bool IsGated { get; }

    /// <summary>Waits until there is something to try.</summary>
    /// <param name="failed">What has just failed; null: nothing.</param>
    Task<Door> NextAsync(Door? failed, CancellationToken stop);
}

/// <summary>
/// Always the same: a member, whatever it is, so that a second writer is seen that applications would not have found; or the gate, which looks itself.
/// </summary>
internal sealed class PinnedRoute(Door door, bool isGate = false) : IRoute
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public bool Roams => false;

    public bool IsGated => isGate;

    public async Task<Door> NextAsync(Door? failed, CancellationToken stop)
    {
        await (failed is null ? Task.CompletedTask : Task.Delay(Pause, stop));
        return door;
    }
}

/// <summary>
/// Whoever says first that it is not in recovery. All clients that look share what is found; nobody is asked while nobody looks.
/// </summary>
internal sealed class PrimaryRoute(ImmutableArray<Door> members) : IRoute
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    /// <summary>After that, the member that failed is as good as any other.</summary>
    private static readonly TimeSpan Forgiven = TimeSpan.FromMilliseconds(300);
    private readonly Lock _gate = new();
    private readonly List<Waiter> _waiters = [];
    private ImmutableHashSet<Door> _asked = [];

    public bool Roams => true;

    public bool IsGated => false;

    public async Task<Door> NextAsync(Door? failed, CancellationToken stop)
    {
        var waiter = new Waiter(failed, Stopwatch.GetTimestamp());
        lock (_gate)
        {
            _waiters.Add(waiter);
            foreach (var member in members.Where(member => !_asked.Contains(member)))
            {
                _asked = _asked.Add(member);
                _ = Task.Run(() => AskAsync(member, stop), CancellationToken.None);
            }
        }

        return await waiter.Found.Task.WaitAsync(stop);
    }

    private async Task AskAsync(Door member, CancellationToken stop)
    {
        while (true)
        {
            if (await IsPrimaryAsync(member))
            {
                Publish(member);
            }

            lock (_gate)
            {
                _waiters.RemoveAll(waiter => waiter.Found.Task.IsCompleted);
                if (_waiters.Count == 0 || stop.IsCancellationRequested)
                {
                    _asked = _asked.Remove(member);
                    return;
                }
            }

            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private void Publish(Door member)
    {
        lock (_gate)
        {
            foreach (var waiter in _waiters.Where(waiter => waiter.Failed != member || Stopwatch.GetElapsedTime(waiter.Since) > Forgiven))
            {
                waiter.Found.TrySetResult(member);
            }
        }
    }

    private static async Task<bool> IsPrimaryAsync(Door member)
    {
        var connection = new NpgsqlConnection(member.Connection);
        var asking = AskAsync(connection);
        try
        {
            return await asking.WaitAsync(AskLimit);
        }
        catch (Exception fault) when (ClientFault.OfConnection(fault))
        {
            return false; // whatever it is, it is no primary that answers now
        }
        finally
        {
            _ = Abandoned.DisposeAfterAsync(asking, connection);
        }
    }

    private static async Task<bool> AskAsync(NpgsqlConnection connection)
    {
        await connection.OpenAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand("select not pg_is_in_recovery()", connection);
        return (bool)(await command.ExecuteScalarAsync(CancellationToken.None))!;
    }

    private sealed record Waiter(Door? Failed, long Since)
    {
        public TaskCompletionSource<Door> Found { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
