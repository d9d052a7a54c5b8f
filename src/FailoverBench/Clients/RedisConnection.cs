using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Holdfast.FailoverBench.Clients;

/// <summary>The server has said no.</summary>
internal sealed class RedisRefusalException(string message) : IOException(message);

/// <summary>One connection to a Redis server or a sentinel, as any client has it; one call at a time.</summary>
internal sealed class RedisConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _next;
    private int _filled;

    private RedisConnection(int port) => Port = port;

    /// <summary>Of the server.</summary>
    public int Port { get; }

    /// <summary>Connects on loopback and logs in.</summary>
    /// <param name="password">Null: nobody asks for one.</param>
    /// <exception cref="IOException">The server says no, or goes away.</exception>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static async Task<RedisConnection> OpenAsync(int port, string user, string? password, CancellationToken cancellationToken)
    {
        var connection = new RedisConnection(port);
        try
        {
            await connection._socket.ConnectAsync("127.0.0.1", port, cancellationToken);
            if (password is not null)
            {
                await connection.CallAsync(cancellationToken, "AUTH", user, password);
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The answer's texts and numbers, those of a list one after another; null stands for what is not there.</summary>
    /// <exception cref="RedisRefusalException">The server says no.</exception>
    /// <exception cref="IOException">The server has gone away.</exception>
    public async Task<List<string?>> CallAsync(CancellationToken cancellationToken, params IReadOnlyCollection<string> words)
    {
        var text = new StringBuilder($"*{words.Count}\r\n");
        foreach (var word in words)
        {
            text.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        }

        await _socket.SendAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellationToken);
        return await NextAsync(cancellationToken);
    }

    /// <summary>What the server says next: of a subscription, its next message.</summary>
    /// <exception cref="RedisRefusalException">The server says no.</exception>
    /// <exception cref="IOException">The server has gone away.</exception>
    public async Task<List<string?>> NextAsync(CancellationToken cancellationToken)
    {
        var answer = new List<string?>();
        await ReadAsync(answer, cancellationToken);
        return answer;
    }

    /// <summary>The only text of the answer; null: it is not there.</summary>
    /// <exception cref="RedisRefusalException">The server says no.</exception>
    /// <exception cref="IOException">The server has gone away.</exception>
    public async Task<string?> AskAsync(CancellationToken cancellationToken, params IReadOnlyCollection<string> words) =>
        (await CallAsync(cancellationToken, words)) is [var first, ..] ? first : null;

    public void Dispose() => _socket.Dispose();

    private async Task ReadAsync(List<string?> answer, CancellationToken cancellationToken)
    {
        var line = await LineAsync(cancellationToken);
        switch (line[0])
        {
            case '-':
                throw new RedisRefusalException(line[1..]);
            case '$' when Number(line) < 0:
            case '*' when Number(line) < 0:
                answer.Add(null);
                break;
            case '$':
                answer.Add(await TextAsync(Number(line), cancellationToken));
                break;
            case '*':
                for (var left = Number(line); left > 0; left--)
                {
                    await ReadAsync(answer, cancellationToken);
                }

                break;
            default:
                answer.Add(line[1..]);
                break;
        }
    }

    private static int Number(string line) => int.Parse(line.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private async Task<string> TextAsync(int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length + 2];
        for (var have = 0; have < bytes.Length;)
        {
            await FillAsync(cancellationToken);
            var taken = Math.Min(bytes.Length - have, _filled - _next);
            Array.Copy(_buffer, _next, bytes, have, taken);
            have += taken;
            _next += taken;
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private async Task<string> LineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (true)
        {
            await FillAsync(cancellationToken);
            var next = (char)_buffer[_next++];
            if (next == '\n' && line.Length > 1)
            {
                return line.ToString(0, line.Length - 1);
            }

            line.Append(next);
        }
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        if (_next < _filled)
        {
            return;
        }

        (_next, _filled) = (0, await _socket.ReceiveAsync(_buffer, cancellationToken));
        if (_filled == 0)
        {
            throw new IOException("the server closed the connection");
        }
    }
}
