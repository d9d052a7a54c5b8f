using Holdfast.Harness.Members;
using Npgsql;

namespace Holdfast.Agent.EndToEnd.Rejoining;

/// <summary>A client that reads from one member without a pause, as a reader of a standby does who knows nothing of its past.</summary>
internal sealed class MarkerReader : IDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly Task _reading;
    private long _reads, _seen;

    public MarkerReader(MemberHost member) => _reading = ReadAsync(member.ApplicationConnection, _over.Token);

    /// <summary>How often it was answered.</summary>
    public long Reads => Interlocked.Read(ref _reads);

    /// <summary>How often what only the old primary had was in the answer.</summary>
    public async Task<long> EndAsync()
    {
        await _over.CancelAsync();
        await _reading;
        return _seen;
    }

    public void Dispose()
    {
        _over.Cancel();
        _over.Dispose();
    }

    private async Task ReadAsync(string connectionString, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                await using var connection = new NpgsqlConnection(connectionString);
                await connection.OpenAsync(over);
                while (true)
                {
                    await using var command = new NpgsqlCommand("select count(*) from writes where id = -2", connection);
                    _seen += (long)(await command.ExecuteScalarAsync(over))!;
                    Interlocked.Increment(ref _reads);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception fault) when (fault is NpgsqlException or IOException)
            {
                // It does not run, is starting, or lets nobody in: asked again.
                await Task.Yield();
            }
        }
    }
}
