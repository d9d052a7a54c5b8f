using System.Net.Sockets;
using Holdfast.Engines.Redis.Protocol;

namespace Holdfast.Engines.Redis.Sessions;

/// <summary>A lasting connection under one user, opened when it is needed; one call at a time.</summary>
/// <param name="connect">Opens it.</param>
/// <param name="login">User and password as of now.</param>
internal sealed class Session(Func<CancellationToken, Task<RespConnection>> connect, Func<(string User, string Password)> login) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private RespConnection? _connection;
    private volatile bool _stale;

    /// <summary>The server behind it has ended: the next call connects anew.</summary>
    public void Forget() => _stale = true;

    public async Task<Reply> CallAsync(CancellationToken cancellationToken, params IReadOnlyList<string> words)
    {
        var reply = (await CallAllAsync([words], cancellationToken))[0];
        return reply.IsError ? throw new RespErrorException(reply.Text!) : reply;
    }

    /// <summary>Several commands at once; errors are replies like others.</summary>
    public async Task<IReadOnlyList<Reply>> CallAllAsync(IReadOnlyList<IReadOnlyList<string>> commands, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_stale)
            {
                Drop();
            }

            if (_connection is null)
            {
                _stale = false;
                _connection = await connect(cancellationToken);
                var (user, password) = login();
                await _connection.CallAsync(cancellationToken, "AUTH", user, password);
            }

            return await _connection.CallAllAsync(commands, cancellationToken);
        }
        catch (Exception exception)
            when (exception is IOException or SocketException or OperationCanceledException or RespErrorException or ObjectDisposedException)
        {
            Drop();
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        Drop();
        _turn.Dispose();
    }

    private void Drop()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
