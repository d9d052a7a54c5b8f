using System.Collections.Concurrent;
using System.Net.Sockets;
using Holdfast.Core;
using Holdfast.Engines.Redis.Loss;
using Holdfast.Engines.Redis.Protocol;
using Holdfast.Verification.Targets;

namespace Holdfast.Engines.Redis.Verification;

/// <summary>Connections for comparing, as the user that may only read. What another attempt can mend is tried again.</summary>
/// <param name="login">User and password as of now.</param>
internal sealed class VerifySessions(string member, string socket, Func<(string User, Secret Password)> login, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentBag<RespConnection> _free = [];

    /// <summary>Runs reads, which must bear being repeated.</summary>
    /// <param name="database">Its number; that is selected.</param>
    /// <exception cref="VerifyException">They failed, for a reason that its kind tells.</exception>
    public Task<T> RunAsync<T>(string database, Func<RespConnection, CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        AgainAsync(async token =>
        {
            var connection = _free.TryTake(out var free) ? free : await OpenAsync(token);
            try
            {
                await connection.CallAsync(token, "SELECT", database);
                var answer = await read(connection, token);
                _free.Add(connection);
                return answer;
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }, cancellationToken);

    /// <summary>Runs an attempt until it succeeds, or fails for good.</summary>
    public async Task<T> AgainAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        var (start, pause) = (time.GetTimestamp(), FirstPause);
        while (true)
        {
            try
            {
                return await attempt(cancellationToken);
            }
            catch (Exception fault) when (IsPassing(fault))
            {
                if (time.GetElapsedTime(start) >= Limit)
                {
                    throw new VerifyException(
                        VerifyFault.Unreachable, $"the server of {member} does not answer ({fault.Message}): see 'holdfast status'", fault);
                }
            }
            catch (RespErrorException refusal)
            {
                throw new VerifyException(VerifyFault.Failed, $"the server of {member} refuses to be read: {refusal.Message}", refusal);
            }

            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    public async Task<RespConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = await RespConnection.ConnectAsync(socket, cancellationToken, KeyText.Raw);
        try
        {
            var (user, password) = login();
            await connection.CallAsync(cancellationToken, "AUTH", user, password.Reveal());
            // To be read must not make a key look used. Servers before 7.2 cannot do without.
            await connection.CallAllAsync([["CLIENT", "NO-TOUCH", "ON"]], cancellationToken);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        while (_free.TryTake(out var connection))
        {
            connection.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>It starts, reads its data, or is busy with a script; or its agent is being started, or its place is not written down yet.</summary>
    private static bool IsPassing(Exception fault) => fault is IOException or SocketException or ObjectDisposedException or EngineException
        or RespErrorException { Kind: "LOADING" or "BUSY" or "MASTERDOWN" or "WRONGPASS" };
}
